/** The tests of network/network, on native TensorFlow. */
process.env['TEMPERED_TENSORFLOW_BACKEND'] = 'tfjs-node';
await import('../../training/network/network.test.js');
export {};
