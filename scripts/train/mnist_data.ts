/** The data sets' readers are in the library. */
export { DIGIT_SIDE, readDigits, type Digits } from '../../generator/data/mnist.js';
