/** The data sets' readers are in the library. */
export { readFashion } from '../../generator/data/fashion.js';
