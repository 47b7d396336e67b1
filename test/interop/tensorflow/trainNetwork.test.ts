/** The tests of network/trainNetwork, on native TensorFlow. */
process.env['TEMPERED_TENSORFLOW_BACKEND'] = 'tfjs-node';
await import('../../training/network/trainNetwork.test.js');
export {};
