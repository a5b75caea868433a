//! JUnit's XML, which systems for continuous integration read.

use std::fmt::Display;

use anyhow::Result;
use quick_junit::{NonSuccessKind, Report as Document, TestCase, TestCaseStatus, TestSuite};
use wgpu_activations::verify::Report;

/// A suite for each adapter, a case for each check.
pub(super) fn text(reports: &[Report]) -> Result<String> {
    let mut document = Document::new("wgpu-activations verify");
    document.add_test_suites(reports.iter().map(suite));
    Ok(document.to_string()?)
}

fn suite(report: &Report) -> TestSuite {
    let elements = report.checks.iter().map(|check| {
        let title = format!("{} {} {}", check.parameters, check.direction, check.storage);
        case(&title, &check.activation, check.pass, check)
    });
    let rows = report.rows.iter().map(|check| case(&check.title(), &check.function, check.pass, check));
    let mut suite = TestSuite::new(report.adapter.to_string());
    suite.add_test_cases(elements.chain(rows));
    suite
}

/// A failure says where, and what was expected there.
fn case(title: &str, class: &str, pass: bool, check: &impl Display) -> TestCase {
    let status = if pass {
        TestCaseStatus::success()
    } else {
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
        status.set_type("budget").set_message(check.to_string());
        status
    };
    let mut case = TestCase::new(title, status);
    case.set_classname(format!("wgpu-activations.{class}"));
    case
}
