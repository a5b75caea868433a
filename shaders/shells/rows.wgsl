// Functions of rows: a result for each element, of it and of sums over its row. A tensor (outer, rows, run) of words has outer * run
// columns, whose elements lie `run` words apart: what users call a row is a column here, since neighbouring invocations take neighbours.
// Composition puts before it: the constants WORKGROUP, WITHIN (whether the elements of a word are of one column, else each has its own)
// and SEEKS_TOP (whether sums are relative to the largest element), and
//   fn load(at: u32) -> Inputs
//   fn ranked(inputs: Inputs, element: u32) -> f32                         what the largest is sought of
//   fn term(inputs: Inputs, element: u32, top: f32) -> f32                 what is summed
//   fn result(inputs: Inputs, element: u32, top: f32, ties: f32, sum: f32) -> f32
//   fn store(at: u32, result: Values)
//
// A workgroup takes some columns, and its invocations share their rows: the order of terms depends on the tensor alone. Each column is
// read two or three times: the largest element, the sum, the results. Rejected: the sum together with the largest, corrected where that
// changes: each correction rounds, and rows that ascend have one for each element.

// The largest elements, and how often they occur.
struct Tops {
    top: Values,
    count: Values,
}

struct Sums {
    sum: Values,
    lost: Values, // what the sum has lost by rounding
}

var<workgroup> tops: array<Tops, WORKGROUP>;
var<workgroup> sums: array<Sums, WORKGROUP>;

fn spread(value: f32) -> Values {
    var values = Values();
    for (var element = 0u; element < ELEMENTS; element++) {
        values = with_element(values, element, value);
    }
    return values;
}

// The larger one; NaN if there is one.
fn higher(a: f32, b: f32) -> f32 {
    return math_keep_nan(b, math_keep_nan(a, select(a, b, b > a)));
}

fn higher_of(a: Tops, b: Tops, element: u32) -> vec2<f32> {
    let a_top = element_of(a.top, element);
    let b_top = element_of(b.top, element);
    let top = higher(a_top, b_top);
    let a_count = select(0.0, element_of(a.count, element), a_top == top);
    return vec2<f32>(top, a_count + select(0.0, element_of(b.count, element), b_top == top));
}

fn higher_tops(a: Tops, b: Tops) -> Tops {
    var both = Tops();
    for (var element = 0u; element < ELEMENTS; element++) {
        let higher = higher_of(a, b, element);
        both = Tops(with_element(both.top, element, higher.x), with_element(both.count, element, higher.y));
    }
    return both;
}

// That of all elements of a word, for each.
fn top_within(tops: Tops) -> Tops {
    var all = Tops(spread(element_of(tops.top, 0u)), spread(element_of(tops.count, 0u)));
    for (var element = 1u; element < ELEMENTS; element++) {
        all = higher_tops(all, Tops(spread(element_of(tops.top, element)), spread(element_of(tops.count, element))));
    }
    return all;
}

fn rank(inputs: Inputs) -> Tops {
    var ranks = Values();
    for (var element = 0u; element < ELEMENTS; element++) {
        ranks = with_element(ranks, element, ranked(inputs, element));
    }
    return Tops(ranks, spread(1.0));
}

fn add(sums: Sums, term: Values) -> Sums {
    var sum = Values();
    var lost = sums.lost;
    for (var element = 0u; element < ELEMENTS; element++) {
        let a = element_of(sums.sum, element);
        let b = element_of(term, element);
        let rounded = math_fence(a + b, job.zero);
        // Of infinities nothing is lost.
        let is_finite = abs(rounded) <= 3.4028234663852886e38;
        let error = select(0.0, math_sum_error(a, b, rounded, job.zero), is_finite);
        sum = with_element(sum, element, rounded);
        lost = with_element(lost, element, element_of(lost, element) + error);
    }
    return Sums(sum, lost);
}

fn add_sums(a: Sums, b: Sums) -> Sums {
    let both = add(a, b.sum);
    return Sums(both.sum, both.lost + b.lost);
}

// That of all elements of a word, for each.
fn sum_within(sums: Sums) -> Sums {
    var all = Sums(spread(element_of(sums.sum, 0u)), spread(element_of(sums.lost, 0u)));
    for (var element = 1u; element < ELEMENTS; element++) {
        all = add_sums(all, Sums(spread(element_of(sums.sum, element)), spread(element_of(sums.lost, element))));
    }
    return all;
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let row_lanes = WORKGROUP / job.group_columns;
    // Neighbouring words are of one column or of neighbouring ones.
    let place_in_group = select(vec2<u32>(lane / row_lanes, lane % row_lanes),
        vec2<u32>(lane % job.group_columns, lane / job.group_columns), job.run > 1u);
    let group_column = place_in_group.x;
    let row_lane = place_in_group.y;
    let takes_part = group_column < job.group_columns && row_lane < row_lanes;
    let slot = group_column * row_lanes + row_lane;
    let column = (group.y * job.groups_per_row + group.x) * job.group_columns + group_column;
    let end = select(0u, job.rows, takes_part && column < job.columns);
    let first = (column / job.run) * (job.rows * job.run) + column % job.run;

    var tied = Tops();
    if SEEKS_TOP {
        let nothing = spread(bitcast<f32>(job.zero | 0xff800000u)); // minus infinity
        var own = Tops(nothing, Values());
        for (var row = row_lane; row < end; row += row_lanes) {
            own = higher_tops(own, rank(load(first + row * job.run)));
        }
        if takes_part {
            tops[slot] = own;
        }
        workgroupBarrier();
        for (var left = row_lanes; left > 1u; left = (left + 1u) / 2u) {
            let half = (left + 1u) / 2u;
            if takes_part && row_lane + half < left {
                tops[slot] = higher_tops(tops[slot], tops[slot + half]);
            }
            workgroupBarrier();
        }
        if takes_part {
            tied = tops[slot - row_lane];
            if WITHIN {
                tied = top_within(tied);
            }
        }
    }

    var own = Sums();
    for (var row = row_lane; row < end; row += row_lanes) {
        let inputs = load(first + row * job.run);
        var terms = Values();
        for (var element = 0u; element < ELEMENTS; element++) {
            terms = with_element(terms, element, term(inputs, element, element_of(tied.top, element)));
        }
        own = add(own, terms);
    }
    if takes_part {
        sums[slot] = own;
    }
    workgroupBarrier();
    for (var left = row_lanes; left > 1u; left = (left + 1u) / 2u) {
        let half = (left + 1u) / 2u;
        if takes_part && row_lane + half < left {
            sums[slot] = add_sums(sums[slot], sums[slot + half]);
        }
        workgroupBarrier();
    }
    if !takes_part {
        return;
    }
    var sum = sums[slot - row_lane];
    if WITHIN {
        sum = sum_within(sum);
    }
    let total = sum.sum + sum.lost;
    for (var row = row_lane; row < end; row += row_lanes) {
        let at = first + row * job.run;
        let inputs = load(at);
        var results = Values();
        for (var element = 0u; element < ELEMENTS; element++) {
            let computed = result(inputs, element, element_of(tied.top, element), element_of(tied.count, element),
                element_of(total, element));
            results = with_element(results, element, computed);
        }
        store(at, results);
    }
}
