import { ShiftloomError } from '../../generator/errors.js';

/** The message of the ShiftloomError that an action fails with. Any other outcome fails the test. */
export async function messageOf(action: () => unknown): Promise<string> {
  try {
    await action();
  } catch (error) {
    if (error instanceof ShiftloomError) return error.message;
    throw error;
  }
  throw new Error('expected a ShiftloomError, but the action succeeded');
}
