// The largest element of an invocation's words, which are read for it. Composition puts before it SOUGHT_AT_ONCE, how many words a round of the
// loop takes.

fn top_of(held: Held, part: Part) -> Ranks {
    var top = lowest();
    var at = part.at;
    for (var first = part.row; first < part.end; first += SOUGHT_AT_ONCE * part.rows) {
        for (var k = 0u; k < SOUGHT_AT_ONCE; k++) {
            let row = first + k * part.rows;
            if SOUGHT_AT_ONCE == 1u || row < part.end {
                top = higher(top, ranks(load(at + k * part.step, row, part.column), row, part.column));
            }
        }
        at += SOUGHT_AT_ONCE * part.step;
    }
    return top;
}
