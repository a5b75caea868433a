//! What `verify` asks of functions of rows: of every driver, a storage at a time, since these tests are the longest.

use wgpu_activations::verify::{self, RowCheck};
use wgpu_activations::{SoftmaxKind, Storage, Targets};

use crate::common::{GPU, again, some, turn};

#[test]
fn every_row_is_within_its_budget_in_f32() {
    // Sums have one loop and softmax's terms. hardmax has next to no arithmetic, and sparsemax no short forms.
    let sums = some([SoftmaxKind::LogSoftmax, SoftmaxKind::LogSumExp, SoftmaxKind::Sparsemax]);
    let hardmax = (!again()).then_some(SoftmaxKind::Hardmax);
    let kinds: Vec<SoftmaxKind> = [SoftmaxKind::Softmax].into_iter().chain(sums).chain(hardmax).collect();
    let targets = if again() { &Targets::ALL[turn().unwrap_or(0) % 2..][..1] } else { Targets::ALL };
    rows_are_within_their_budgets(&kinds, targets, Storage::F32);
}

/// Noise is added to x in f32, whatever its storage: what comes after is softmax's. Its bits, other tests ask of every driver.
#[test]
fn rows_with_noise_are_within_their_budgets() {
    if !again() {
        all_pass(&pollster::block_on(verify::gumbel_softmax(&*GPU, Storage::F32)).unwrap());
    }
}

/// bf16 computes what f16 does: one function of each kind shows how it is converted, and other drivers do with one of the two.
#[test]
fn every_row_is_within_its_budget_in_f16() {
    let all = [SoftmaxKind::Softmax, SoftmaxKind::LogSoftmax, SoftmaxKind::LogSumExp];
    match turn() {
        None | Some(0) => rows_are_within_their_budgets(&all, Targets::ALL, Storage::F16),
        Some(1) => rows_are_within_their_budgets(&all[..1], &Targets::ALL[..1], Storage::F16),
        Some(_) => {}
    }
}

#[test]
fn every_row_is_within_its_budget_in_bf16() {
    if turn() != Some(1) {
        rows_are_within_their_budgets(&[SoftmaxKind::Softmax], &Targets::ALL[..1], Storage::Bf16);
    }
}

fn rows_are_within_their_budgets(kinds: &[SoftmaxKind], targets: &[Targets], storage: Storage) {
    all_pass(&pollster::block_on(verify::softmax(&*GPU, kinds, storage)).unwrap());
    all_pass(&pollster::block_on(verify::cross_entropy(&*GPU, targets, storage)).unwrap());
}

fn all_pass(checks: &[RowCheck]) {
    let failed: Vec<String> = checks.iter().filter(|check| !check.pass).map(ToString::to_string).collect();
    assert!(failed.is_empty(), "{failed:#?}");
}
