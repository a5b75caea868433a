// Sums the rows of each column of a matrix, for blocks of rows: one partial sum for each block and column, in an order that depends
// on the matrix alone: the same bits on every run. An entry is a word. A column's rows come in runs of neighbours, and the runs of all
// columns take turns: that is a tensor (outer, columns, run). Composition puts before it: the constant WORKGROUP, and
//   fn place(row: u32, column: u32) -> u32    the word there
//   fn compute(at: u32) -> Values             its terms
//   fn store_sum(block: u32, column: u32, sum: Values)
//
// A workgroup takes some columns, and its invocations share their rows. Each adds PART terms at a time and those sums, then they add
// each other's as a tree. Atomics would be shorter, but they add in the order of arrival.

const PART: u32 = 64u;

var<workgroup> sums: array<Values, WORKGROUP>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    read_job();
    let index = group.y * job.groups_per_row + group.x;
    let column_groups = (job.columns + job.group_columns - 1u) / job.group_columns;
    let block = index / column_groups;
    let column = (index - block * column_groups) * job.group_columns + lane % job.group_columns;
    let row_lanes = WORKGROUP / uniform_group_columns();
    let row_lane = lane / job.group_columns;
    let first = block * (job.rows_per_lane * row_lanes);
    let end = min(first + job.rows_per_lane * row_lanes, job.rows);

    var sum = Values();
    if row_lane < row_lanes && column < job.columns {
        for (var row = first + row_lane; row < end;) {
            var part = Values();
            for (var k = 0u; k < PART && row < end; k++) {
                let at = place(row, column);
                // The last row may be short.
                if at < job.words {
                    part += compute(at);
                }
                row += row_lanes;
            }
            sum += part;
        }
    }
    sums[lane] = sum;
    workgroupBarrier();
    for (var count = row_lanes; count > 1u; count = (count + 1u) / 2u) {
        let half = (count + 1u) / 2u;
        if row_lane + half < count {
            sums[lane] += sums[lane + half * job.group_columns];
        }
        workgroupBarrier();
    }
    if row_lane == 0u && column < job.columns && first < job.rows {
        store_sum(block, column, sums[lane]);
    }
}
