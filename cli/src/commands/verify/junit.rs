//! JUnit's XML, which systems for continuous integration read.

use anyhow::Result;
use quick_junit::{NonSuccessKind, Report as Document, TestCase, TestCaseStatus, TestSuite};
use wgpu_activations::verify::{Check, Report};

/// A suite for each adapter, a case for each check.
pub(super) fn text(reports: &[Report]) -> Result<String> {
    let mut document = Document::new("wgpu-activations verify");
    document.add_test_suites(reports.iter().map(suite));
    Ok(document.to_string()?)
}

fn suite(report: &Report) -> TestSuite {
    let mut suite = TestSuite::new(report.adapter.to_string());
    suite.add_test_cases(report.checks.iter().map(case));
    suite
}

/// A failure says where, and what was expected there.
fn case(check: &Check) -> TestCase {
    let status = if check.pass {
        TestCaseStatus::success()
    } else {
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
        status.set_type("budget").set_message(check.to_string());
        status
    };
    let mut case =
        TestCase::new(format!("{} {} {}", check.parameters, check.direction, check.storage), status);
    case.set_classname(format!("wgpu-activations.{}", check.activation));
    case
}
