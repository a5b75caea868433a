//! Pictures: PNG files, and a render target that can be read back.

use std::fs::{self, File};
use std::io::{BufReader, BufWriter};
use std::path::Path;

use anyhow::{Context, Result, ensure};
use wgpu_activations::wgpu;

use super::gpu::Gpu;

/// Red, green and blue of each pixel, row by row, from 0 to 1, as an 8-bit file encodes them.
pub(crate) struct Picture {
    pub(crate) width: usize,
    pub(crate) height: usize,
    pub(crate) pixels: Vec<[f32; 3]>,
}

impl Picture {
    pub(crate) fn read(path: &Path) -> Result<Self> {
        decode(path).with_context(|| format!("cannot read {} as a PNG", path.display()))
    }

    /// No side longer than `side`: each pixel is the mean of those that it stands for.
    pub(crate) fn shrunk(self, side: usize) -> Self {
        let longest = self.width.max(self.height);
        if longest <= side {
            return self;
        }
        let scaled = |length: usize| (length * side / longest).max(1);
        let (width, height) = (scaled(self.width), scaled(self.height));
        let mean = |x: usize, y: usize| {
            let columns = x * self.width / width..(x + 1) * self.width / width;
            let rows = y * self.height / height..(y + 1) * self.height / height;
            let count = (columns.len() * rows.len()) as f32;
            let mut sum = [0.0; 3];
            for pixel in rows.flat_map(|row| &self.pixels[row * self.width..][columns.clone()]) {
                sum.iter_mut().zip(pixel).for_each(|(sum, value)| *sum += value);
            }
            sum.map(|sum| sum / count)
        };
        let pixels = (0..width * height).map(|at| mean(at % width, at / width)).collect();
        Self { width, height, pixels }
    }
}

fn decode(path: &Path) -> Result<Picture> {
    let mut decoder = png::Decoder::new(BufReader::new(File::open(path)?));
    decoder.set_transformations(png::Transformations::normalize_to_color8());
    let mut reader = decoder.read_info()?;
    let mut bytes = vec![0; reader.output_buffer_size().context("it is too large")?];
    let info = reader.next_frame(&mut bytes)?;
    let channels = info.color_type.samples();
    // Grey, with alpha or without, in all three; else red, green, blue, and perhaps alpha.
    let colours = if channels < 3 { [0, 0, 0] } else { [0, 1, 2] };
    let pixel = |pixel: &[u8]| colours.map(|channel| f32::from(pixel[channel]) / 255.0);
    let pixels = bytes[..info.buffer_size()].chunks_exact(channels).map(pixel).collect();
    Ok(Picture { width: info.width as usize, height: info.height as usize, pixels })
}

/// Makes the folder, or says why not.
pub(crate) fn create_folder(path: &Path) -> Result<()> {
    fs::create_dir_all(path).with_context(|| format!("cannot make the folder {}", path.display()))
}

/// A texture to render into, and to save as a PNG.
pub(crate) struct Target {
    texture: wgpu::Texture,
    pub(crate) view: wgpu::TextureView,
}

impl Target {
    /// Values are stored as they are: what a shader returns is what the file holds.
    pub(crate) const FORMAT: wgpu::TextureFormat = wgpu::TextureFormat::Rgba8Unorm;

    pub(crate) fn new(gpu: &Gpu, width: usize, height: usize) -> Result<Self> {
        let largest = gpu.device.limits().max_texture_dimension_2d as usize;
        ensure!(
            width.max(height) <= largest,
            "{width} x {height} pixels: this adapter renders up to {largest}"
        );
        let texture = gpu.device.create_texture(&wgpu::TextureDescriptor {
            label: Some("picture"),
            size: wgpu::Extent3d { width: width as u32, height: height as u32, depth_or_array_layers: 1 },
            mip_level_count: 1,
            sample_count: 1,
            dimension: wgpu::TextureDimension::D2,
            format: Self::FORMAT,
            usage: wgpu::TextureUsages::RENDER_ATTACHMENT | wgpu::TextureUsages::COPY_SRC,
            view_formats: &[],
        });
        let view = texture.create_view(&Default::default());
        Ok(Self { texture, view })
    }

    /// Copies the texture after what `encoder` has recorded, submits, waits, and writes the file.
    pub(crate) fn save(&self, gpu: &Gpu, mut encoder: wgpu::CommandEncoder, path: &Path) -> Result<()> {
        let size = self.texture.size();
        let row = 4 * size.width as usize;
        let padded = row.next_multiple_of(wgpu::COPY_BYTES_PER_ROW_ALIGNMENT as usize);
        let staging = gpu.staging((padded * size.height as usize) as u64);
        let layout = wgpu::TexelCopyBufferLayout {
            offset: 0,
            bytes_per_row: Some(padded as u32),
            rows_per_image: None,
        };
        encoder.copy_texture_to_buffer(
            self.texture.as_image_copy(),
            wgpu::TexelCopyBufferInfo { buffer: &staging, layout },
            size,
        );
        let bytes: Vec<u8> = gpu.read_staging(&staging, encoder)?;
        let rgb: Vec<u8> = bytes
            .chunks_exact(padded)
            .flat_map(|padded| padded[..row].chunks_exact(4))
            .flat_map(|pixel| pixel[..3].iter().copied())
            .collect();
        encode(path, size.width, size.height, &rgb)
            .with_context(|| format!("cannot write {}", path.display()))
    }
}

pub(crate) fn encode(path: &Path, width: u32, height: u32, rgb: &[u8]) -> Result<()> {
    let mut encoder = png::Encoder::new(BufWriter::new(File::create(path)?), width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(rgb)?;
    writer.finish()?;
    Ok(())
}

/// A pipeline that fills its target: `fragment` for each pixel, with group 0 as the module declares it.
pub(crate) fn render_pipeline(gpu: &Gpu, label: &str, source: &str) -> wgpu::RenderPipeline {
    let module = gpu.module(label, &(include_str!("shaders/fill.wgsl").to_owned() + source));
    gpu.device.create_render_pipeline(&wgpu::RenderPipelineDescriptor {
        label: Some(label),
        layout: None,
        vertex: wgpu::VertexState {
            module: &module,
            entry_point: Some("fill"),
            compilation_options: Default::default(),
            buffers: &[],
        },
        primitive: Default::default(),
        depth_stencil: None,
        multisample: Default::default(),
        fragment: Some(wgpu::FragmentState {
            module: &module,
            entry_point: Some("fragment"),
            compilation_options: Default::default(),
            targets: &[Some(Target::FORMAT.into())],
        }),
        multiview_mask: None,
        cache: None,
    })
}

/// One render pass that fills the target.
pub(crate) fn record_fill(
    encoder: &mut wgpu::CommandEncoder,
    target: &Target,
    pipeline: &wgpu::RenderPipeline,
    bind_group: &wgpu::BindGroup,
) {
    let mut pass = encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
        label: Some("picture"),
        color_attachments: &[Some(wgpu::RenderPassColorAttachment {
            view: &target.view,
            depth_slice: None,
            resolve_target: None,
            ops: wgpu::Operations {
                load: wgpu::LoadOp::Clear(wgpu::Color::BLACK),
                store: wgpu::StoreOp::Store,
            },
        })],
        ..Default::default()
    });
    pass.set_pipeline(pipeline);
    pass.set_bind_group(0, bind_group, &[]);
    pass.draw(0..3, 0..1);
}
