/** The tests of reproducing a run, on native TensorFlow. */
process.env['TEMPERED_TENSORFLOW_BACKEND'] = 'tfjs-node';
await import('../../cli/reproduce.test.js');
export {};
