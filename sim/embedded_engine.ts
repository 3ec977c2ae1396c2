import { ShiftloomError } from '../generator/errors.js';
import type { Engine } from './engine.js';

const absent = () => Promise.reject(new ShiftloomError('tool', 'embedded', 'not built in'));
export const embeddedEngine: Engine = { name: 'embedded', version: absent, build: absent, run: absent };
