// Dropout: what each element is multiplied by.
// needs: philox

// 0 with probability p, else `survivor`, 1 / (1 - p). What is drawn for an element has 24 bits, and the number that is compared is exact, so
// that the CPU drops the same elements.
fn formula_keep(drawn: u32, p: f32, survivor: f32) -> f32 {
    let unit = f32(drawn) * 5.96046448e-8; // 2^-24
    return select(0.0, survivor, unit >= p);
}
