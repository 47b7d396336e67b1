/** The tests of trainInChild, on native TensorFlow. */
process.env['TEMPERED_TENSORFLOW_BACKEND'] = 'tfjs-node';
await import('../../training/trainInChild.test.js');
export {};
