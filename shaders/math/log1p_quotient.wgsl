// needs: log1p_exp

// log(1 + e) / e for e from 0 to 1.
fn math_log1p_quotient(e: f32) -> f32 {
    return 1.0 + e * math_log1p_bend(e);
}
