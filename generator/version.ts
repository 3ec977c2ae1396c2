/** Version of the generator; stands in every emitted file and in the VERSION register as major, minor, patch bytes. */
export const GENERATOR_VERSION = '0.1.0';

export function versionWord(): number {
  const [major, minor, patch] = GENERATOR_VERSION.split('.').map(Number);
  return (major << 16) | (minor << 8) | patch;
}
