/** The committed networks of examples/cp. */
import { describe, expect, it } from 'vitest';
import { readChain } from '../../../scripts/cp/network_files.js';
import { goldenLogits } from '../../../scripts/cp/network_golden.js';
import { NETWORK_JOBS, type NetworkJob } from '../../../scripts/cp/network_jobs.js';
import { evaluateTrainedNetworks } from '../../../scripts/cp/trained_networks.js';

/** Images that are looked at: the golden model of the larger networks takes longer. */
const SUBSET: Readonly<Record<string, number>> = { 'LeNet-5': 150, 'VGG-style': 40 };
/** Share of them that must be right at least, of the float network and on integers. */
const LEAST: Readonly<Record<string, number>> = { MNIST: 0.95, 'Fashion-MNIST': 0.82 };

const jobOf = (name: string): NetworkJob => NETWORK_JOBS.find(({ id }) => id === name)!;

describe('a committed network of factors', () => {
  it.each(NETWORK_JOBS.map((job) => [job.id, job] as const))('classifies test images on integers: %s', async (id, { network, dataset }) => {
    const images = SUBSET[network];
    const [result] = await evaluateTrainedNetworks({ ids: [id], goldenSamples: images, rtlSamples: 0 });
    expect(result).toMatchObject({ id, goldenSamples: images, rtlSamples: 0, comparedWords: 0 });
    expect(result.floatAccuracy).toBeGreaterThanOrEqual(LEAST[dataset]);
    expect(result.goldenAccuracy).toBeGreaterThanOrEqual(LEAST[dataset]);
    expect(result.parametersDense / result.parametersStored).toBeGreaterThanOrEqual(10);
  }, 120_000);

  it('is a chain of layers whose formats fit each other, the compressed ones stored as factors', async () => {
    for (const job of NETWORK_JOBS) {
      const chain = await readChain(job);
      chain.forEach(({ layer, stage }, i) => {
        expect(layer.description.name).toBe(`${job.id}_${stage.name}`);
        expect(layer.factors !== undefined).toBe(stage.name in job.ranks);
        const next = chain[i + 1]?.layer.description.input;
        if (next) expect([layer.description.output.scale, layer.description.output.bits]).toEqual([next.scale, next.bits]);
      });
    }
  });

  it('gives logits that depend on the picture', async () => {
    const job = jobOf('lenet5_mnist');
    const chain = await readChain(job);
    const test = job.read('test');
    const logits = goldenLogits(chain, { count: 2, images: test.images.subarray(0, 2 * 784), labels: test.labels.subarray(0, 2) }, 2);
    expect(logits.length).toBe(20);
    expect([...logits.subarray(0, 10)]).not.toEqual([...logits.subarray(10)]);
  });
});
