// Functions of rows: a result for each element, of it and of sums over its row. A tensor (outer, rows, run) of words has outer * run
// columns, whose elements lie `run` words apart: what users call a row is a column here, since neighbouring invocations take neighbours.
// Composition puts before it: the constants WORKGROUP, WITHIN (whether the elements of a word are of one column, else each has its own)
// and SEEKS_TOP (whether sums are relative to the largest element, which has no term), and
//   fn load(at: u32) -> Inputs
//   fn ranked(inputs: Inputs, element: u32) -> f32                         what the largest is sought of
//   fn term(inputs: Inputs, element: u32, top: f32) -> f32                 what is summed
//   fn result(inputs: Inputs, element: u32, top: f32, ties: f32, sum: f32) -> f32
//   fn store(at: u32, result: Values)
//
// A workgroup takes some columns, and its invocations share their rows: the order of terms depends on the tensor alone. Each column is
// read two or three times: the largest element, the sum, the results. Rejected: the sum together with the largest, corrected where that
// changes: each correction rounds, and rows that ascend have one for each element. And leaving the terms where results go, to divide
// them at last: an exponential less, but a store more, and in 16 bits it rounds twice.
// needs: fence sum_error

struct Sums {
    sum: Values,
    lost: Values, // what the sum has lost by rounding
    ties: Values, // how often the largest element occurs
}

// Terms that are added before what their sum loses is kept.
const PART: u32 = 4u;

var<workgroup> tops: array<Values, WORKGROUP>;
var<workgroup> sums: array<Sums, WORKGROUP>;

fn spread(value: f32) -> Values {
    var values = Values();
    for (var element = 0u; element < ELEMENTS; element++) {
        values = with_element(values, element, value);
    }
    return values;
}

// NaN is no larger than anything: it shows in the sum.
fn higher(a: Values, b: Values) -> Values {
    var both = a;
    for (var element = 0u; element < ELEMENTS; element++) {
        let one = element_of(a, element);
        let other = element_of(b, element);
        both = with_element(both, element, select(one, other, other > one));
    }
    return both;
}

// That of all elements of a word, for each.
fn top_within(tops: Values) -> Values {
    var top = spread(element_of(tops, 0u));
    for (var element = 1u; element < ELEMENTS; element++) {
        top = higher(top, spread(element_of(tops, element)));
    }
    return top;
}

fn ranks(inputs: Inputs) -> Values {
    var values = Values();
    for (var element = 0u; element < ELEMENTS; element++) {
        values = with_element(values, element, ranked(inputs, element));
    }
    return values;
}

fn add(a: Sums, b: Sums) -> Sums {
    var both = Sums(Values(), a.lost + b.lost, a.ties + b.ties);
    for (var element = 0u; element < ELEMENTS; element++) {
        let one = element_of(a.sum, element);
        let other = element_of(b.sum, element);
        let sum = math_fence(one + other, job.zero);
        // Of infinities nothing is lost.
        let lost = select(0.0, math_sum_error(one, other, sum, job.zero), abs(sum) <= 3.4028234663852886e38);
        both.sum = with_element(both.sum, element, sum);
        both.lost = with_element(both.lost, element, element_of(both.lost, element) + lost);
    }
    return both;
}

// That of all elements of a word, for each.
fn sum_within(sums: Sums) -> Sums {
    var all = Sums();
    for (var element = 0u; element < ELEMENTS; element++) {
        let lost = spread(element_of(sums.lost, element));
        all = add(all, Sums(spread(element_of(sums.sum, element)), lost, spread(element_of(sums.ties, element))));
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

    var top = spread(bitcast<f32>(job.zero | 0xff800000u)); // minus infinity
    if SEEKS_TOP {
        for (var row = row_lane; row < end; row += row_lanes) {
            top = higher(top, ranks(load(first + row * job.run)));
        }
        if takes_part {
            tops[slot] = top;
        }
        workgroupBarrier();
        for (var left = row_lanes; left > 1u; left = (left + 1u) / 2u) {
            let half = (left + 1u) / 2u;
            if takes_part && row_lane + half < left {
                tops[slot] = higher(tops[slot], tops[slot + half]);
            }
            workgroupBarrier();
        }
        if takes_part {
            top = tops[slot - row_lane];
        }
        if WITHIN {
            top = top_within(top);
        }
    }

    var own = Sums();
    for (var row = row_lane; row < end;) {
        var part = Sums();
        for (var k = 0u; k < PART && row < end; k++) {
            let inputs = load(first + row * job.run);
            for (var element = 0u; element < ELEMENTS; element++) {
                let largest = element_of(top, element);
                let is_largest = SEEKS_TOP && ranked(inputs, element) == largest;
                let added = select(term(inputs, element, largest), 0.0, is_largest);
                part.sum = with_element(part.sum, element, element_of(part.sum, element) + added);
                part.ties = with_element(part.ties, element, element_of(part.ties, element) + f32(is_largest));
            }
            row += row_lanes;
        }
        own = add(own, part);
    }
    if takes_part {
        sums[slot] = own;
    }
    workgroupBarrier();
    for (var left = row_lanes; left > 1u; left = (left + 1u) / 2u) {
        let half = (left + 1u) / 2u;
        if takes_part && row_lane + half < left {
            sums[slot] = add(sums[slot], sums[slot + half]);
        }
        workgroupBarrier();
    }
    if !takes_part {
        return;
    }
    own = sums[slot - row_lane];
    if WITHIN {
        own = sum_within(own);
    }
    let sum = own.sum + own.lost;
    for (var row = row_lane; row < end; row += row_lanes) {
        let at = first + row * job.run;
        let inputs = load(at);
        var results = Values();
        for (var element = 0u; element < ELEMENTS; element++) {
            let largest = element_of(top, element);
            let ties = element_of(own.ties, element);
            results = with_element(results, element, result(inputs, element, largest, ties, element_of(sum, element)));
        }
        store(at, results);
    }
}
