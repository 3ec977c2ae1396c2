import { describe, expect, it } from 'vitest';
import { listingText } from '../../generator/cli/import_text.js';

const conv = (name: string, refusal?: string) => ({ name, kind: 'conv2d', shape: [8, 3, 3, 3], parameters: 216, ...(refusal ? { refusal } : {}) });

describe('the list of a model', () => {
  it('tells once, with an example, that the shape of an input is open, instead of in the line of every layer that waits for it', () => {
    const refusal = "input 'x' dimension 2 of the input 'x' is open: (N, 3, H, W)";
    const text = listingText('model.onnx', { format: 'ONNX', layers: [conv('a', refusal), conv('b', refusal)], inputs: [{ name: 'x', shape: ['N', 3, 'H', 'W'] }] });
    expect(text.match(/--input-shape x=1,3,224,224/g)).toHaveLength(1);
    expect(text.match(/waits for the shape of the model's input/g)).toHaveLength(2);
    expect(text).not.toContain('NOT SUPPORTED');
  });

  it('tells once that an input has no shape', () => {
    const refusal = "input 'x' the input 'x' has no shape in the model";
    const text = listingText('model.onnx', { format: 'ONNX', layers: [conv('a', refusal), conv('b', refusal)], inputs: [{ name: 'x', shape: [] }] });
    expect(text.match(/declares no shape for its input 'x'.*--input-shape x=1,3,224,224/g)).toHaveLength(1);
    expect(text).toContain('x  no shape declared');
    expect(text).not.toContain('NOT SUPPORTED');
  });

  it('gives other reasons with their layer, and no hint where no shape is open', () => {
    const text = listingText('model.onnx', { format: 'ONNX', layers: [conv('a', 'kernel 13x13 is larger than 11x11'), conv('b')], inputs: [{ name: 'x', shape: [1, 3, 28, 28] }] });
    expect(text).toContain('NOT SUPPORTED: kernel 13x13 is larger than 11x11');
    expect(text).not.toContain('--input-shape');
  });
});
