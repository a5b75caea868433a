// Composed on GPUs, instead of job_copy.wgsl.

@group(0) @binding(0) var<uniform> job: Job;

fn read_job() {}

fn uniform_group_columns() -> u32 {
    return job.group_columns;
}
