/** The tests of the backend, on native TensorFlow. */
process.env['TEMPERED_TENSORFLOW_BACKEND'] = 'tfjs-node';
await import('../../training/backend.test.js');
export {};
