// Composed on CPUs, instead of job_uniform.wgsl. llvmpipe reads a uniform anew after each store, which might have changed it for all it knows:
// that took from a tenth (sigmoid) to a sixth (softplus) of a kernel's time. On GPUs uniforms have caches of their own, and what copies them
// takes registers where the compiler does not see through it: RADV no longer unrolled a loop of cross_entropy.

@group(0) @binding(0) var<uniform> uniform_job: Job;
var<private> job: Job;

fn read_job() {
    job = uniform_job;
}

// For loops with barriers: what is private is not uniform, says WGSL.
fn uniform_group_columns() -> u32 {
    return uniform_job.group_columns;
}
