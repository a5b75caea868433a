// c = epilogue(a b). Every matrix is row-major, with a multiple of 8 rows and columns; each invocation computes a tile of
// 8 x 8 results, as 2 x 2 blocks of 4 x 4. Blocks of a and b can be transposed as they are read, so that one kernel
// serves a layer's forward pass and both products of its backward pass. Whoever composes the module adds
// `fn epilogue(sum: f32) -> f32`.

struct Product {
    rows: u32,          // of c, in tiles
    columns: u32,
    terms: u32,         // to sum over, in blocks
    a_columns: u32,     // of a as it lies in memory, in blocks
    b_columns: u32,
    a_transposed: u32,  // 1: a is the transpose of what lies in memory
    b_transposed: u32,
    ones: u32,          // from this column on, a's blocks are not in memory: rows of (1, 0, 0, 0), for a bias
}

@group(0) @binding(0) var<uniform> product: Product;
@group(0) @binding(1) var<storage, read> a: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> b: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> c: array<vec4<f32>>;

// WGSL's matrices are made of columns. Here each of those holds a row: matrices stand transposed, and in reverse order
// in products.
fn memory_of_a(row: u32, column: u32) -> mat4x4<f32> {
    if column >= product.ones {
        let one = vec4(1.0, 0.0, 0.0, 0.0);
        return mat4x4(one, one, one, one);
    }
    let step = product.a_columns;
    let at = 4u * row * step + column;
    return mat4x4(a[at], a[at + step], a[at + 2u * step], a[at + 3u * step]);
}

fn memory_of_b(row: u32, column: u32) -> mat4x4<f32> {
    let step = product.b_columns;
    let at = 4u * row * step + column;
    return mat4x4(b[at], b[at + step], b[at + 2u * step], b[at + 3u * step]);
}

fn block_of_a(row: u32, term: u32) -> mat4x4<f32> {
    if product.a_transposed == 1u {
        return transpose(memory_of_a(term, row));
    }
    return memory_of_a(row, term);
}

fn block_of_b(term: u32, column: u32) -> mat4x4<f32> {
    if product.b_transposed == 1u {
        return transpose(memory_of_b(column, term));
    }
    return memory_of_b(term, column);
}

fn finished(sums: vec4<f32>) -> vec4<f32> {
    return vec4(epilogue(sums.x), epilogue(sums.y), epilogue(sums.z), epilogue(sums.w));
}

fn store(row: u32, column: u32, sums: mat4x4<f32>) {
    let step = 2u * product.columns;
    let at = 4u * row * step + column;
    c[at] = finished(sums[0]);
    c[at + step] = finished(sums[1]);
    c[at + 2u * step] = finished(sums[2]);
    c[at + 3u * step] = finished(sums[3]);
}

@compute @workgroup_size(64)
fn matmul(@builtin(global_invocation_id) id: vec3<u32>) {
    let row = 2u * (id.x / product.columns);
    let column = 2u * (id.x % product.columns);
    if row >= 2u * product.rows {
        return;
    }
    var upper_left = mat4x4<f32>();
    var upper_right = mat4x4<f32>();
    var lower_left = mat4x4<f32>();
    var lower_right = mat4x4<f32>();
    for (var term = 0u; term < product.terms; term++) {
        let upper = block_of_a(row, term);
        let lower = block_of_a(row + 1u, term);
        let left = block_of_b(term, column);
        let right = block_of_b(term, column + 1u);
        upper_left += left * upper;
        upper_right += right * upper;
        lower_left += left * lower;
        lower_right += right * lower;
    }
    store(row, column, upper_left);
    store(row, column + 1u, upper_right);
    store(row + 1u, column, lower_left);
    store(row + 1u, column + 1u, lower_right);
}
