// Functions of rows: a result for each element, of it and of sums over its row, or one for the row. A tensor (outer, rows, run) of words has
// outer * run columns, whose elements lie `run` words apart: what users call a row is a column here, since neighbouring invocations take
// neighbours. Composition puts before it: the constants WORKGROUP, WITHIN (whether the elements of a word are of one column, else each has
// another), COLUMNS (of how many columns they are), SHARES (in how many of a period's words a column has elements), SEEKS_TOP (whether sums are
// relative to the largest element), LEAVES_OUT (whether the first one leaves that out, which is counted instead), REDUCES (whether there is one
// result for a column), TRIES (whether sums are first tried relative to a column's first element, and the largest is sought only where that
// will not do), TRIED (up to which sums it will), SINKS (whether each column has one more element, without a result), LOW_PARTS (whether ranks
// have such), ROUNDS (how often sums are taken, each time with a threshold that follows from the ones before), SUMS (how many there are, up to
// three), LOWS, SECONDS and THIRDS (WORKGROUP where there are low parts, or such a sum, else 1), IN_A_ROW (whether an invocation takes rows
// that follow each other, else every so many), PART (of how many words terms are added before what their sum loses is kept), and
//   alias Shared                                                                    f32 where the elements of a word are of one column,
//   fn shared_of(values: Values) -> Shared                                             when it is that of any of them,
//   fn values_of(one: Shared) -> Values                                                and each element gets it; else Values
//   fn load(at: u32, row: u32, column: u32) -> Inputs
//   fn ranked(inputs: Inputs, element: u32, place: Place) -> vec2<f32>                what the largest is sought of, high and low part
//   struct Largest                                                                    rank: vec2<f32> of the largest element, and what terms
//   fn largest_of(rank: vec2<f32>, low: f32) -> Largest                                take of that besides; exponents also get low
//   fn terms(inputs: Inputs, element: u32, place: Place, largest: Largest, threshold: f32) -> vec3<f32> what is summed, unless the rank is NaN
//   fn next_threshold(sums: vec3<f32>) -> f32                                         what the threshold is afterwards
//   fn sink(number: u32) -> vec2<f32>                                                 as ranked, and
//   fn sink_term(number: u32, largest: Largest) -> f32                                what it adds to the first sum
//   fn chosen(number: u32) -> u32                                               which element's inputs the one result of a column is of
//   fn joint_of(top: f32, threshold: f32, ties: f32, sums: vec3<f32>, lost: f32) -> vec3<f32>   what all results of a column are of, and low; by
//                                                                                   rounding, the first sum has lost something
//   fn result(inputs: Inputs, element: u32, place: Place, column: Column) -> f32
//   fn store(at: u32, result: Values)                                           at a word, or the first one at a column's number
//   struct Held                                                                       the words of an invocation, or nothing
//   fn hold(part: Part) -> Held
//   fn top_of(held: Held, part: Part) -> Ranks                                        the largest of its words' elements
//   fn add_all(before: Sums, held: Held, part: Part, largest: array<Largest, COLUMNS>, threshold: Values) -> Sums
//   fn store_all(held: Held, part: Part, columns: array<Column, COLUMNS>)
// of rows_top.wgsl and rows_again.wgsl, or of rows_held.wgsl.
//
// Where the elements of a word have columns of their own, these may be no whole number of words: of 49 columns, the next row begins
// within a word. But 49 words on, a word's elements are of the same columns again. That period is `run` then, `rows` counts periods, and
// sums of a word are shares: a column has one in SHARES of a period's words, 4 for f32, which lie in one workgroup, and adds them. Else
// SHARES is 1.
//
// A workgroup takes some columns, and its invocations share their rows: the order of terms depends on the tensor and on how the host
// divides it, on no chance. Columns are gone through two or three times: for the largest element, the sums, the results. Few words of each
// invocation are held meanwhile, on a CPU, where finding them again, lane by lane, costs more than all arithmetic. Terms may be relative to
// any element that is not far below the largest, if results are quotients of them: then sums relative to the first one tell, by their size,
// whether it will do, and as a rule it does. Rejected: the sum together with the largest, corrected where that changes: each correction
// rounds, and rows that ascend have one for each element. And leaving the terms where results go, to divide them at last: an exponential
// less, but a store more, and in 16 bits it rounds twice.
// needs: fence nan sum_error

// What elements are ordered by.
struct Ranks {
    high: Values,
    low: Values,
}

struct Sum {
    value: Values,
    lost: Values, // by rounding
}

struct SharedSum {
    value: Shared,
    lost: Shared,
}

struct Sums {
    first: Sum,
    second: Sum,
    third: Sum,
    ties: Values, // how often the largest element occurs
}

var<workgroup> tops: array<Shared, WORKGROUP>; // then the ties
var<workgroup> lows: array<Shared, LOWS>;
var<workgroup> firsts: array<SharedSum, WORKGROUP>;
var<workgroup> seconds: array<SharedSum, SECONDS>;
var<workgroup> thirds: array<SharedSum, THIRDS>;
var<workgroup> seeks: u32; // whether what was tried will not do

fn spread(value: f32) -> Values {
    var values = Values();
    for (var element = 0u; element < ELEMENTS; element++) {
        values = with_element(values, element, value);
    }
    return values;
}

// What every element is higher than.
fn lowest() -> Ranks {
    return Ranks(spread(bitcast<f32>(job.zero | 0xff800000u)), Values()); // minus infinity
}

// NaN is no larger than anything: it shows in the sum.
fn higher(a: Ranks, b: Ranks) -> Ranks {
    var both = a;
    for (var element = 0u; element < ELEMENTS; element++) {
        let one = rank_of(a, element);
        let other = rank_of(b, element);
        let is_higher = other.x > one.x || (LOW_PARTS && other.x == one.x && other.y > one.y);
        both = with_rank(both, element, select(one, other, is_higher));
    }
    return both;
}

fn rank_of(ranks: Ranks, element: u32) -> vec2<f32> {
    return vec2<f32>(element_of(ranks.high, element), select(0.0, element_of(ranks.low, element), LOW_PARTS));
}

fn with_rank(ranks: Ranks, element: u32, rank: vec2<f32>) -> Ranks {
    var all = Ranks(with_element(ranks.high, element, rank.x), ranks.low);
    if LOW_PARTS {
        all.low = with_element(all.low, element, rank.y);
    }
    return all;
}

fn spread_rank(ranks: Ranks, element: u32) -> Ranks {
    return Ranks(spread(element_of(ranks.high, element)), spread(element_of(ranks.low, element)));
}

// That of all elements of a word, for each.
fn top_within(tops: Ranks) -> Ranks {
    var top = spread_rank(tops, 0u);
    for (var element = 1u; element < ELEMENTS; element++) {
        top = higher(top, spread_rank(tops, element));
    }
    return top;
}

fn ranks(inputs: Inputs, row: u32, column: u32) -> Ranks {
    var all = Ranks();
    for (var element = 0u; element < ELEMENTS; element++) {
        all = with_rank(all, element, ranked(inputs, element, place_of(row, column, element)));
    }
    return all;
}

fn write_top(slot: u32, top: Ranks) {
    tops[slot] = shared_of(top.high);
    if LOW_PARTS {
        lows[slot] = shared_of(top.low);
    }
}

fn read_top(slot: u32) -> Ranks {
    var top = Ranks(values_of(tops[slot]), Values());
    if LOW_PARTS {
        top.low = values_of(lows[slot]);
    }
    return top;
}

fn is_tie(rank: vec2<f32>, largest: vec2<f32>) -> bool {
    return rank.x == largest.x && (!LOW_PARTS || rank.y == largest.y);
}

fn sinks(column: u32) -> Ranks {
    var all = Ranks();
    for (var element = 0u; element < ELEMENTS; element++) {
        all = with_rank(all, element, sink(place_of(0u, column, element).number));
    }
    return all;
}

// Before any other element: in the first invocation of a column, and of its first element.
fn with_sink(sums: Sums, column: u32, top: Ranks) -> Sums {
    var all = sums;
    for (var element = 0u; element < first_elements(column); element++) {
        let largest = rank_of(top, element);
        let number = place_of(0u, column, element).number;
        let ranks = sink(number);
        let is_largest = LEAVES_OUT && is_tie(ranks, largest);
        let term = select(sink_term(number, largest_of(largest, 0.0)), 0.0, is_largest);
        all.first = with_term(all.first, element, math_keep_nan(ranks.x, term));
        all.ties = with_element(all.ties, element, element_of(all.ties, element) + f32(is_largest));
    }
    return all;
}

fn with_term(sum: Sum, element: u32, term: f32) -> Sum {
    return Sum(with_element(sum.value, element, element_of(sum.value, element) + term), sum.lost);
}

fn both_of(a: Sum, b: Sum) -> Sum {
    var both = a;
    for (var element = 0u; element < ELEMENTS; element++) {
        both = with_part(both, element, with_both(part_of(a, element), part_of(b, element)));
    }
    return both;
}

// Of one element: its value, and what that has lost.
fn part_of(sum: Sum, element: u32) -> vec2<f32> {
    return vec2<f32>(element_of(sum.value, element), element_of(sum.lost, element));
}

fn with_part(sum: Sum, element: u32, part: vec2<f32>) -> Sum {
    return Sum(with_element(sum.value, element, part.x), with_element(sum.lost, element, part.y));
}

fn with_both(a: vec2<f32>, b: vec2<f32>) -> vec2<f32> {
    let sum = math_fence(a.x + b.x, job.zero);
    return vec2<f32>(sum, (a.y + b.y) + math_sum_error(a.x, b.x, sum, job.zero));
}

fn add(a: Sums, b: Sums) -> Sums {
    var both = Sums(both_of(a.first, b.first), a.second, a.third, a.ties + b.ties);
    if SUMS > 1u {
        both.second = both_of(a.second, b.second);
    }
    if SUMS > 2u {
        both.third = both_of(a.third, b.third);
    }
    return both;
}

// That of all elements of a word, for each.
fn sum_within(sum: Sum) -> Sum {
    var all = part_of(sum, 0u);
    for (var element = 1u; element < ELEMENTS; element++) {
        all = with_both(all, part_of(sum, element));
    }
    return Sum(spread(all.x), spread(all.y));
}

fn sums_within(sums: Sums) -> Sums {
    var all = Sums(sum_within(sums.first), sums.second, sums.third, spread(total(sums.ties)));
    if SUMS > 1u {
        all.second = sum_within(sums.second);
    }
    if SUMS > 2u {
        all.third = sum_within(sums.third);
    }
    return all;
}

fn shared_sum(sum: Sum) -> SharedSum {
    return SharedSum(shared_of(sum.value), shared_of(sum.lost));
}

fn sum_of(sum: SharedSum) -> Sum {
    return Sum(values_of(sum.value), values_of(sum.lost));
}

fn write_sums(slot: u32, sums: Sums) {
    tops[slot] = shared_of(sums.ties);
    firsts[slot] = shared_sum(sums.first);
    if SUMS > 1u {
        seconds[slot] = shared_sum(sums.second);
    }
    if SUMS > 2u {
        thirds[slot] = shared_sum(sums.third);
    }
}

fn read_sums(slot: u32) -> Sums {
    var sums = Sums(sum_of(firsts[slot]), Sum(), Sum(), values_of(tops[slot]));
    if SUMS > 1u {
        sums.second = sum_of(seconds[slot]);
    }
    if SUMS > 2u {
        sums.third = sum_of(thirds[slot]);
    }
    return sums;
}

// What results take of their column. It is computed once, before they are: llvmpipe takes nothing out of a loop that is the same in each round,
// and where the elements of a word have columns of their own, it is much.
struct Column {
    largest: Largest,
    joint: vec3<f32>,
}

fn column_of(top: Ranks, threshold: Values, sums: Sums, element: u32) -> Column {
    let rank = rank_of(top, element);
    let all = totals(sums, element);
    let first = part_of(sums.first, element);
    let lost = math_sum_error(first.x, first.y, math_fence(all.x, job.zero), job.zero);
    let joint = joint_of(rank.x, element_of(threshold, element), element_of(sums.ties, element), all, lost);
    return Column(largest_of(rank, joint.z), joint);
}

fn columns_of(top: Ranks, threshold: Values, sums: Sums) -> array<Column, COLUMNS> {
    var all = array<Column, COLUMNS>();
    for (var element = 0u; element < COLUMNS; element++) {
        all[element] = column_of(top, threshold, sums, element);
    }
    return all;
}

fn all_largest(top: Ranks) -> array<Largest, COLUMNS> {
    var all = array<Largest, COLUMNS>();
    for (var element = 0u; element < COLUMNS; element++) {
        all[element] = largest_of(rank_of(top, element), 0.0);
    }
    return all;
}

fn totals(sums: Sums, element: u32) -> vec3<f32> {
    let values = vec3<f32>(element_of(sums.first.value, element), element_of(sums.second.value, element), element_of(sums.third.value, element));
    let lost = vec3<f32>(element_of(sums.first.lost, element), element_of(sums.second.lost, element), element_of(sums.third.lost, element));
    // Of infinities nothing is lost.
    return select(values, values + lost, abs(values) <= vec3<f32>(3.4028234663852886e38));
}

fn next_thresholds(sums: Sums) -> Values {
    var next = Values();
    for (var element = 0u; element < ELEMENTS; element++) {
        next = with_element(next, element, next_threshold(totals(sums, element)));
    }
    return next;
}

fn are_equal(a: Values, b: Values) -> bool {
    var are = true;
    for (var element = 0u; element < ELEMENTS; element++) {
        are = are && element_of(a, element) == element_of(b, element);
    }
    return are;
}

// Which element of its column a result is of, and the column's number.
struct Place {
    index: u32,
    number: u32,
}

// What an invocation takes of its column: some of its rows. Loops count words up, rather than compute their places: what only depends on
// values from before a barrier, llvmpipe computes again in each round, divisions included.
struct Part {
    column: u32,
    first: u32, // the column's first word
    row: u32,   // from which on
    at: u32,    // the word there
    rows: u32,  // from row to row
    step: u32,  // from word to word
    end: u32,
    lane: u32,  // which of its invocations this is
    slot: u32,
    takes_part: bool,
}

// The largest element of a column.
fn seek(held: Held, part: Part, row_lanes: u32) -> Ranks {
    var top = top_of(held, part);
    if SINKS && part.lane == 0u && part.end > 0u {
        top = higher(top, sinks(part.column));
    }
    if WITHIN {
        top = top_within(top);
    }
    if part.takes_part {
        write_top(part.slot, top);
    }
    workgroupBarrier();
    for (var left = row_lanes; left > 1u; left = (left + 1u) / 2u) {
        let half = (left + 1u) / 2u;
        if part.takes_part && part.lane + half < left {
            top = higher(top, read_top(part.slot + half));
            write_top(part.slot, top);
        }
        workgroupBarrier();
    }
    if part.takes_part {
        top = column_top(part, SHARES);
    }
    workgroupBarrier();
    return top;
}

// The first element of a column.
fn first_of(part: Part) -> Ranks {
    var first = Ranks();
    if part.end > 0u {
        first = ranks(load(part.first, 0u, part.column), 0u, part.column);
    }
    if WITHIN {
        first = spread_rank(first, 0u);
    }
    if SHARES > 1u {
        if part.takes_part && part.lane == 0u {
            write_top(part.slot, first);
        }
        workgroupBarrier();
        if part.takes_part {
            first = column_top(part, 1u);
        }
        workgroupBarrier();
    }
    return first;
}

// Where in the workgroup a share of an element's column lies: the slot of its word, and its element there.
fn share_of(part: Part, element: u32, share: u32) -> vec2<u32> {
    let lanes = WORKGROUP / job.group_columns;
    let first = part.slot - part.lane - part.column % job.run * lanes;
    let place = place_in_period(part.column, element) % period_columns() + share * period_columns();
    return vec2<u32>(first + place / ELEMENTS * lanes, place % ELEMENTS);
}

// The largest of the first shares.
fn column_top(part: Part, shares: u32) -> Ranks {
    if SHARES == 1u {
        return read_top(part.slot - part.lane);
    }
    var top = top_of_shares(part, 0u);
    for (var share = 1u; share < shares; share++) {
        top = higher(top, top_of_shares(part, share));
    }
    return top;
}

// For each element, that share of its column.
fn top_of_shares(part: Part, share: u32) -> Ranks {
    var tops = Ranks();
    for (var element = 0u; element < ELEMENTS; element++) {
        let place = share_of(part, element, share);
        tops = with_rank(tops, element, rank_of(read_top(place.x), place.y));
    }
    return tops;
}

fn column_sums(part: Part) -> Sums {
    if SHARES == 1u {
        return read_sums(part.slot - part.lane);
    }
    var sums = sums_of_shares(part, 0u);
    for (var share = 1u; share < SHARES; share++) {
        sums = add(sums, sums_of_shares(part, share));
    }
    return sums;
}

fn sums_of_shares(part: Part, share: u32) -> Sums {
    var all = Sums();
    for (var element = 0u; element < ELEMENTS; element++) {
        let place = share_of(part, element, share);
        let sums = read_sums(place.x);
        all.first = with_part(all.first, element, part_of(sums.first, place.y));
        if SUMS > 1u {
            all.second = with_part(all.second, element, part_of(sums.second, place.y));
        }
        if SUMS > 2u {
            all.third = with_part(all.third, element, part_of(sums.third, place.y));
        }
        all.ties = with_element(all.ties, element, element_of(sums.ties, place.y));
    }
    return all;
}

// Whether sums of all of a workgroup's columns are so small that none of their terms is far above the first one. Not those of NaN.
fn will_do(row_lanes: u32) -> bool {
    var will = true;
    for (var group_column = 0u; group_column < job.group_columns; group_column++) {
        let sums = read_sums(group_column * row_lanes);
        for (var element = 0u; element < ELEMENTS; element++) {
            let sizes = f32(SHARES) * abs(totals(sums, element));
            will = will && sizes.x < TRIED && sizes.y < TRIED && sizes.z < TRIED;
        }
    }
    return will;
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    read_job();
    let row_lanes = WORKGROUP / uniform_group_columns();
    // Neighbouring words are of one column or of neighbouring ones.
    let place_in_group = select(vec2<u32>(lane / row_lanes, lane % row_lanes),
        vec2<u32>(lane % job.group_columns, lane / job.group_columns), job.run > 1u);
    let group_column = place_in_group.x;
    let row_lane = place_in_group.y;
    let takes_part = group_column < job.group_columns && row_lane < row_lanes;
    let slot = group_column * row_lanes + row_lane;
    let column = (group.y * job.groups_per_row + group.x) * job.group_columns + group_column;
    let first = (column / job.run) * (job.rows * job.run) + column % job.run;

    let row = row_lane * select(1u, job.rows_per_lane, IN_A_ROW);
    let rows = select(row_lanes, 1u, IN_A_ROW);
    let last = select(job.rows, min(job.rows, row + job.rows_per_lane), IN_A_ROW);
    let end = select(0u, last, takes_part && column < job.columns);
    let part = Part(column, first, row, first + row * job.run, rows, rows * job.run, end, row_lane, slot, takes_part);
    let held = hold(part);
    var top = Ranks();
    if TRIES {
        top = first_of(part);
    } else if SEEKS_TOP {
        top = seek(held, part, row_lanes);
    }

    var own = Sums();
    var threshold = spread(-1.0);
    // What is settled is not summed again, but added up, for the others' sake: barriers want all invocations.
    var is_settled = false;
    for (var round = 0u; round < ROUNDS + u32(TRIES); round++) {
        if !is_settled {
            own = Sums();
            if SINKS && row_lane == 0u && end > 0u {
                own = with_sink(own, column, top);
            }
            own = add_all(own, held, part, all_largest(top), threshold);
            if WITHIN {
                own = sums_within(own);
            }
        }
        var all = own;
        if takes_part {
            write_sums(slot, all);
        }
        workgroupBarrier();
        for (var left = row_lanes; left > 1u; left = (left + 1u) / 2u) {
            let half = (left + 1u) / 2u;
            if takes_part && row_lane + half < left {
                all = add(all, read_sums(slot + half));
                write_sums(slot, all);
            }
            workgroupBarrier();
        }
        if TRIES && round == 0u {
            if lane == 0u {
                seeks = u32(!will_do(row_lanes));
            }
            if workgroupUniformLoad(&seeks) == 0u {
                break;
            }
            top = seek(held, part, row_lanes);
        }
        if ROUNDS > 1u {
            if takes_part {
                all = column_sums(part);
            }
            let next = next_thresholds(all);
            is_settled = are_equal(next, threshold);
            threshold = next;
            workgroupBarrier();
        }
    }
    if !takes_part {
        return;
    }
    own = column_sums(part);
    if REDUCES {
        if row_lane == 0u && column < job.columns {
            reduce(column, first, top, threshold, own);
        }
        return;
    }
    store_all(held, part, columns_of(top, threshold, own));
}

fn results_of(inputs: Inputs, row: u32, column: u32, columns: array<Column, COLUMNS>) -> Values {
    var results = Values();
    for (var element = 0u; element < ELEMENTS; element++) {
        let place = place_of(row, column, element);
        results = with_element(results, element, result(inputs, element, place, columns[column_element(element)]));
    }
    return results;
}

// Adds the terms of a word's elements.
fn add_terms(sums: ptr<function, Sums>, inputs: Inputs, row: u32, column: u32, all_largest: array<Largest, COLUMNS>, threshold: Values) {
    for (var element = 0u; element < ELEMENTS; element++) {
        let of_column = column_element(element);
        let largest = all_largest[of_column];
        let place = place_of(row, column, element);
        let ranks = ranked(inputs, element, place);
        let is_largest = LEAVES_OUT && is_tie(ranks, largest.rank);
        let added = terms(inputs, element, place, largest, element_of(threshold, of_column));
        (*sums).first = with_term((*sums).first, element, math_keep_nan(ranks.x, select(added.x, 0.0, is_largest)));
        if SUMS > 1u {
            (*sums).second = with_term((*sums).second, element, added.y);
        }
        if SUMS > 2u {
            (*sums).third = with_term((*sums).third, element, added.z);
        }
        (*sums).ties = with_element((*sums).ties, element, element_of((*sums).ties, element) + f32(is_largest));
    }
}

// Which element of its own a word's column has: of one column, all have the same, and the first needs no search.
fn column_element(element: u32) -> u32 {
    return select(element, 0u, WITHIN);
}

// How many columns a period of words has, and the place of a word's element among all of a period.
fn period_columns() -> u32 {
    return job.run * ELEMENTS / SHARES;
}

fn place_in_period(column: u32, element: u32) -> u32 {
    return column % job.run * ELEMENTS + element;
}

// How many elements of a word of the first row are the first ones of their columns: they come before all others.
fn first_elements(column: u32) -> u32 {
    if WITHIN {
        return 1u;
    }
    if SHARES == 1u {
        return ELEMENTS;
    }
    let place = place_in_period(column, 0u);
    return min(max(period_columns(), place) - place, ELEMENTS);
}

// How many elements a column has in as many words as it has rows.
fn length() -> u32 {
    return job.rows * select(SHARES, ELEMENTS, WITHIN);
}

fn place_of(row: u32, column: u32, element: u32) -> Place {
    if WITHIN {
        return Place(row * ELEMENTS + element, column);
    }
    if SHARES == 1u {
        return Place(row, column * ELEMENTS + element);
    }
    let place = place_in_period(column, element);
    let columns = period_columns();
    return Place(row * SHARES + place / columns, column / job.run * columns + place % columns);
}

// The result of each column of a word, of the inputs of the element that is chosen.
fn reduce(column: u32, first: u32, top: Ranks, threshold: Values, sums: Sums) {
    let column_in_period = column % job.run;
    let begin = first - column_in_period;
    for (var element = 0u; element < first_elements(column); element++) {
        let number = place_of(0u, column, element).number;
        let index = min(chosen(number), length() - 1u);
        let place = select(place_in_period(column, element) + index * period_columns(), index, WITHIN);
        let word = place / ELEMENTS;
        let inputs = load(begin + word, word / job.run, column - column_in_period + word % job.run);
        let value = result(inputs, place % ELEMENTS, Place(index, number), column_of(top, threshold, sums, element));
        store(number, spread(value));
    }
}
