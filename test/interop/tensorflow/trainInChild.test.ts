/** The tests of training in a child process, on native TensorFlow. */
process.env['TEMPERED_TENSORFLOW_BACKEND'] = 'tfjs-node';
await import('../../training/trainInChild.test.js');
export {};
