//! Parameters over their whole range: what an activation takes is right within its budget, and the rest is refused.

use wgpu_activations::cpu::Cpu;
use wgpu_activations::{Activation, Direction, Error, Kind, Storage, verify};

use crate::common::{GPU, some};

/// How many sets of parameters each activation is asked with.
const SETS: usize = 24;

/// Of all numbers, with all exponents and both signs; some powers of two and zeros among them.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> f32 {
        // Knuth's linear congruential generator: its upper bits are good enough.
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let bits = (self.0 >> 32) as u32;
        let number = f32::from_bits(if bits & 0x700 == 0 { bits & 0xff80_0000 } else { bits });
        if number.is_finite() { number } else { 1.0 }
    }
}

/// Sets of parameters that the activation takes: of any sizes, and of one size, which is where their terms cancel.
fn parameters(kind: Kind, numbers: &mut Numbers) -> Vec<Activation> {
    let draw = |index: usize| {
        let mut drawn: Vec<f32> = kind.parameters().iter().map(|_| numbers.next()).collect();
        if index % 2 == 1 {
            let size = drawn[0];
            // From 1/4 to 4 of the first one.
            let near = |other: &mut f32| {
                let exponent = (numbers.next().to_bits() >> 23 & 3) + 125;
                *other = size * f32::from_bits(other.to_bits() & 0x807f_ffff | exponent << 23);
            };
            drawn.iter_mut().skip(1).for_each(near);
        }
        let made = kind.with(&drawn);
        assert!(matches!(made, Ok(_) | Err(Error::InvalidParameter { .. })), "{kind}: {made:?}");
        assert!(made.is_err() || !drawn.iter().any(|value| value.is_subnormal()), "{kind}: {made:?}");
        made.ok()
    };
    (0..200 * SETS).filter_map(draw).take(SETS).collect()
}

/// Inputs of all sizes, near what parameters make of 1, and on both sides of every kink.
fn inputs(activation: Activation, numbers: &mut Numbers) -> Vec<f32> {
    let mut inputs: Vec<f32> = (0..1024).map(|_| numbers.next()).collect();
    for parameter in activation.parameters() {
        for scale in [*parameter, parameter.recip(), parameter.sqrt(), parameter.recip().sqrt()] {
            inputs.extend((0..64).map(|step| (step - 32) as f32 * 0.33 * scale));
        }
    }
    for kink in activation.kinks().into_iter().map(|kink| kink as f32).chain([0.0]) {
        inputs.extend([
            kink,
            kink.next_up(),
            kink.next_down(),
            kink.next_up().next_up(),
            kink.next_down().next_down(),
        ]);
        inputs.extend((0..64).map(|step| kink - step as f32 * 0.05));
    }
    // An adapter may take what is subnormal for 0.
    inputs.retain(|x| !x.is_nan() && !x.is_subnormal());
    inputs
}

/// Results of the GPU and of the CPU.
fn computed(
    activation: Activation,
    direction: Direction,
    x: &[f32],
    dy: &[f32],
) -> [(&'static str, Vec<f32>); 2] {
    let (gpu, cpu, mut on_cpu) = (&*GPU, Cpu::new(), vec![0.0; x.len()]);
    let [a, b] = [x, dy].map(|values| gpu.upload(values).unwrap());
    let on_gpu = match direction {
        Direction::Forward => {
            cpu.forward(activation, x, &mut on_cpu).unwrap();
            gpu.forward(activation, &a)
        }
        Direction::Backward => {
            cpu.backward(activation, x, dy, &mut on_cpu).unwrap();
            gpu.backward(activation, &a, &b)
        }
        Direction::BackwardFromOutput => {
            cpu.backward_from_output(activation, x, dy, &mut on_cpu).unwrap();
            gpu.backward_from_output(activation, &a, &b)
        }
        Direction::BackwardParameter(index) => {
            cpu.backward_parameter(activation, index, x, dy, &mut on_cpu).unwrap();
            gpu.backward_parameter(activation, index, &a, &b)
        }
        Direction::SecondParameter(index) => {
            cpu.second_parameter(activation, index, x, dy, &mut on_cpu).unwrap();
            gpu.second_parameter(activation, index, &a, &b)
        }
        _ => {
            cpu.second(activation, x, dy, &mut on_cpu).unwrap();
            gpu.second(activation, &a, &b)
        }
    };
    [("GPU", gpu.read_blocking(&on_gpu.unwrap()).unwrap()), ("CPU", on_cpu)]
}

#[test]
fn every_parameter_is_right_or_refused() {
    let mut numbers = Numbers(17);
    let mut failed = Vec::new();
    for kind in some(Kind::ALL.iter().filter(|kind| !kind.parameters().is_empty())) {
        let sets = parameters(*kind, &mut numbers);
        assert!(sets.len() >= 4, "{kind} takes hardly any of its parameters");
        for activation in sets {
            let x = inputs(activation, &mut numbers);
            let dy = vec![1.0_f32; x.len()];
            let by_parameters = (0..kind.learnable().len()).map(Direction::BackwardParameter);
            let from_output = activation.check_from_output().ok().map(|()| Direction::BackwardFromOutput);
            let directions = [Direction::Forward, Direction::Backward].into_iter();
            let directions =
                directions.chain(from_output).chain(by_parameters).chain(kind.second_directions());
            for direction in directions {
                let mut at = x.clone();
                if direction == Direction::BackwardFromOutput {
                    at.iter_mut().for_each(|x| *x = activation.exact((*x).into()).value as f32);
                    at.retain(|y| !y.is_nan() && !y.is_subnormal());
                }
                for (who, got) in computed(activation, direction, &at, &dy[..at.len()]) {
                    let check =
                        verify::judge(activation, direction, Storage::F32, &at, &dy[..at.len()], &got);
                    if !check.pass {
                        failed.push(format!("{who}: {check}"));
                    }
                }
            }
        }
    }
    assert!(failed.is_empty(), "{failed:#?}");
}

/// Where a parameter is infinite: the limit of the function, of both directions.
#[test]
fn infinite_parameters_give_the_limit() {
    let gpu = &*GPU;
    let inf = f32::INFINITY;
    let x = [-inf, -3e38, -7.0, -0.5, 0.0, 0.5, 1.0, 1.5, 88.0, 3e38, inf];
    let (on_gpu, dy) = (gpu.upload(&x).unwrap(), gpu.upload(&[1.0_f32; 11]).unwrap());
    for text in [
        "hardtanh(min_value=-inf)",
        "hardtanh(max_value=inf)",
        "clip(min_value=-inf, max_value=inf)",
        "clip(min_value=0.5, max_value=inf)",
        "threshold(threshold=1, value=-inf)",
        "threshold(threshold=1, value=inf)",
        "softplus(threshold=inf)",
        "celu(alpha=inf)",
        "celu(alpha=-inf)",
    ] {
        let activation: Activation = text.parse().unwrap();
        let y = gpu.read_blocking(&gpu.forward(activation, &on_gpu).unwrap()).unwrap();
        let dx = gpu.read_blocking(&gpu.backward(activation, &on_gpu, &dy).unwrap()).unwrap();
        let formula = activation.formula().unwrap();
        let of_formula = gpu.formula::<f32>(&formula, &[("x", on_gpu.span().into())]).unwrap();
        assert_eq!(gpu.read_blocking(&of_formula[0]).unwrap(), y, "{formula}");
        for (index, x) in x.into_iter().enumerate() {
            let exact = activation.exact(x.into());
            for (got, exact) in [(y[index], exact.value as f32), (dx[index], exact.derivative as f32)] {
                let right = got == exact || (got - exact).abs() <= 5e-7 * exact.abs();
                assert!(right, "{text} at {x}: {got}, exact {exact}");
            }
        }
    }
}
