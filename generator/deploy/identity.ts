/** How a design is called outside: the names that Vivado, the drivers and Linux find it by. */
import type { DesignNumbers } from './design_numbers.js';

export interface Identity {
  /** VLNV of the IP: `shiftloom:layer:<design>:1.0`. */
  readonly vendor: string;
  readonly library: string;
  readonly name: string;
  readonly version: string;
  readonly vlnv: string;
  /** Verilog module. */
  readonly top: string;
  readonly displayName: string;
  readonly description: string;
  /** Folder and file names with a version in them: `<design>_v1_0`. */
  readonly versioned: string;
}

export function identityOf({ name, geometry: g, peakMacsPerCycle, layerHash, generator }: DesignNumbers): Identity {
  const [vendor, library, version] = ['shiftloom', 'layer', '1.0'];
  return {
    vendor, library, name, version,
    vlnv: `${vendor}:${library}:${name}:${version}`,
    top: `${name}_top`,
    displayName: `${name} (shiftloom layer)`,
    description:
      `Engine of one network layer: ${g.inHeight}x${g.inWidth}x${g.inChannels} to ${g.outHeight}x${g.outWidth}x${g.outChannels}, ` +
      `${peakMacsPerCycle} multiply-accumulates per cycle, layer ${layerHash}, shiftloom ${generator}.`,
    versioned: `${name}_v${version.replace('.', '_')}`,
  };
}
