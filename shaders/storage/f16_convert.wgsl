// f32 to f16 by the hardware's conversion, for devices with SHADER_F16. WGSL leaves open which of two neighbours f16(x) is: everywhere it
// is the nearest, ties to even, to which `verify` holds a driver over all f16. What is packed then is exact, so that it does not matter how
// pack2x16float rounds (AMD's towards zero).

fn to_halves(values: vec2<f32>) -> u32 {
    return pack2x16float(vec2<f32>(vec2<f16>(values)));
}
