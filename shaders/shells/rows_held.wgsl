// How an invocation of the shell of rows goes through the words of its column, if they are few: it reads them once, and holds them. What goes
// through all that it holds, word by word, is composed: hold, add_all and store_all, as in rows_again.wgsl, of a struct Held, and top_of, unless
// that is of rows_top.wgsl, since the largest element is sought as an exception. Rejected: an array of words, and loops, which llvmpipe does not
// write out: it finds an array's words lane by lane, as it does a buffer's.

fn row_of(part: Part, k: u32) -> u32 {
    return part.row + k * part.rows;
}

fn held_word(part: Part, k: u32) -> Inputs {
    var inputs = Inputs();
    if row_of(part, k) < part.end {
        inputs = load(part.at + k * part.step, row_of(part, k), part.column);
    }
    return inputs;
}

fn higher_of(top: Ranks, inputs: Inputs, part: Part, k: u32) -> Ranks {
    var highest = top;
    if row_of(part, k) < part.end {
        highest = higher(top, ranks(inputs, row_of(part, k), part.column));
    }
    return highest;
}

fn add_word(sums: ptr<function, Sums>, inputs: Inputs, part: Part, k: u32, largest: array<Largest, COLUMNS>, threshold: Values) {
    if row_of(part, k) < part.end {
        add_terms(sums, inputs, row_of(part, k), part.column, largest, threshold);
    }
}

fn store_word(inputs: Inputs, part: Part, k: u32, columns: array<Column, COLUMNS>) {
    if row_of(part, k) < part.end {
        store(part.at + k * part.step, results_of(inputs, row_of(part, k), part.column, columns));
    }
}

