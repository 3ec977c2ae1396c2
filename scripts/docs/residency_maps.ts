/** Memory maps of docs/residency.md: what `shiftloom residency` draws for VGG16 and ResNet50. */
import { networkResidency } from '../../generator/flow/residency.js';
import { residencySvg } from '../../generator/report/residency_svg.js';

export function residencyImages(): Record<string, string> {
  return Object.fromEntries((['vgg16', 'resnet50'] as const).map((name) => [`residency_${name}.svg`, residencySvg(name, networkResidency(name))]));
}
