/**
 * A stage with a skip connection (He, Zhang, Ren, Sun 2016, "Deep residual learning for image recognition"): its sums are rounded to signed 8 bits, the outputs of an
 * earlier stage are added, and ReLU, rounding and pooling follow. The gradient goes both ways.
 */
import { STACK, outSide, pooledSide } from './stage.js';
import type { StageRun, Target } from './stage_run.js';

/** What is added: the map that a reader of the earlier stage has in memory. */
export interface SkippedMap {
  readonly map: Float32Array;
  readonly layout: Target;
}

/** Real values of a signed 8-bit unit's ends. */
const [LOW, HIGH] = [-128, 127];

/** From a stage's sums and the skipped map to the map of the next. */
export function activateSum(run: StageRun, next: Float32Array, to: Target, { map, layout }: SkippedMap): void {
  const { z, bias, outputs, row, image, choice, shape, unit, branchUnit, inBranch } = run;
  const side = pooledSide(shape);
  const step = shape.pool ? 2 : 1;
  const most = unit === undefined ? Infinity : 255.5 * unit;
  for (let n = 0, k = 0; n < STACK; n++) {
    for (let y = 0; y < side; y++) {
      for (let x = 0; x < side; x++) {
        const at = to.front + (n * to.image + y * to.row + x) * outputs;
        const from = (n * image + step * (y * row + x)) * outputs;
        const skipped = layout.front + (n * layout.image + step * (y * layout.row + x)) * outputs;
        for (let o = 0; o < outputs; o++, k++) {
          let best = -Infinity;
          let winner = 0;
          let inside = true;
          for (let p = 0; p < step * step; p++) {
            const sum = z[from + ((p >> 1) * row + (p & 1)) * outputs + o] + bias[o];
            const units = branchUnit === undefined ? 0 : Math.floor(sum / branchUnit + 0.5);
            const branch = branchUnit === undefined ? sum : branchUnit * (units < LOW ? LOW : units > HIGH ? HIGH : units);
            const value = branch + map[skipped + ((p >> 1) * layout.row + (p & 1)) * outputs + o];
            if (value > best) {
              best = value;
              winner = p;
              inside = units >= LOW && units <= HIGH;
            }
          }
          const passes = best > 0 && best < most;
          choice[k] = passes ? winner : 4;
          inBranch[k] = inside ? 1 : 0;
          if (unit === undefined) next[at + o] = passes ? best : 0;
          else if (passes) next[at + o] = unit * Math.floor(best / unit + 0.5);
          else next[at + o] = best > 0 ? 255 * unit : 0;
        }
      }
    }
  }
}

/** Straight through both roundings, to the stage's sums and to `skipSlopes`. @param dx of the map of the next */
export function activateSumBack(run: StageRun, dx: Float32Array, to: Target): void {
  const { dz, slopeFront, outputs, row, image, choice, inBranch, shape, biasSlope, skipSlopes } = run;
  const side = pooledSide(shape);
  const step = shape.pool ? 2 : 1;
  const whole = outSide(shape);
  if (shape.pool) dz.fill(0);
  skipSlopes.fill(0);
  for (let n = 0, k = 0; n < STACK; n++) {
    for (let y = 0; y < side; y++) {
      for (let x = 0; x < side; x++) {
        const at = (n * to.image + y * to.row + x) * outputs;
        for (let o = 0; o < outputs; o++, k++) {
          const winner = choice[k];
          const slope = winner < 4 ? dx[at + o] : 0;
          const [yy, xx] = winner < 4 ? [step * y + (winner >> 1), step * x + (winner & 1)] : [step * y, step * x];
          skipSlopes[((n * whole + yy) * whole + xx) * outputs + o] = slope;
          const through = inBranch[k] === 1 ? slope : 0;
          dz[slopeFront + (n * image + yy * row + xx) * outputs + o] = through;
          biasSlope[o] += through;
        }
      }
    }
  }
}

/** Adds a skip's gradient to that of the map it was taken from. @param dx of the map's reader, */
export function addSkipSlopes({ skipSlopes, shape, outputs }: StageRun, dx: Float32Array, to: Target): void {
  const side = outSide(shape);
  for (let n = 0, k = 0; n < STACK; n++) {
    for (let y = 0; y < side; y++) {
      for (let x = 0; x < side; x++) {
        const at = (n * to.image + y * to.row + x) * outputs;
        for (let o = 0; o < outputs; o++, k++) dx[at + o] += skipSlopes[k];
      }
    }
  }
}
