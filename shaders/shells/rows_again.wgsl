// How an invocation of the shell of rows goes through the words of its column: it reads them each time. Composition puts before it AT_ONCE,
// how many words a round of a loop takes.

alias Held = u32; // nothing

fn hold(part: Part) -> Held {
    return 0u;
}

fn add_all(before: Sums, held: Held, part: Part, largest: array<Largest, COLUMNS>, threshold: Values) -> Sums {
    var sums = before;
    var row = part.row;
    var at = part.at;
    while row < part.end {
        var some = Sums();
        for (var k = 0u; k < PART && (AT_ONCE > 1u || row < part.end); k++) {
            if AT_ONCE == 1u || row < part.end {
                add_terms(&some, load(at, row, part.column), row, part.column, largest, threshold);
            }
            row += part.rows;
            at += part.step;
        }
        sums = add(sums, some);
    }
    return sums;
}

fn store_all(held: Held, part: Part, columns: array<Column, COLUMNS>) {
    var at = part.at;
    for (var first = part.row; first < part.end; first += AT_ONCE * part.rows) {
        for (var k = 0u; k < AT_ONCE; k++) {
            let row = first + k * part.rows;
            let word = at + k * part.step;
            if AT_ONCE == 1u || row < part.end {
                store(word, results_of(load(word, row, part.column), row, part.column, columns));
            }
        }
        at += AT_ONCE * part.step;
    }
}
