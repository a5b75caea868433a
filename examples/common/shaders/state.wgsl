// What changes from step to step. It lives on the GPU, so that every step is the same commands.
struct State {
    step: u32,          // the step being taken, from 1 on
    rate: f32,          // Adam's learning rate for it, with the corrections for the moments' start at 0
}
