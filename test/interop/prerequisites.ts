/**
 * What test/interop needs beside Node. Each has a folder of tests, which is skipped, loudly, where it is neither found
 * nor can be installed.
 */
import { findChromium, installChromium } from './browser/chromium.js';
import { findOpenLineageClient, installOpenLineageClient } from './openLineage/client.js';
import { findVersitygw, installVersitygw } from './s3/versitygw.js';
import { findScikitLearn, installScikitLearn } from './scikitLearn/python.js';
import { findNativeTensorFlow, installNative } from './tensorflow/nativeTensorFlow.js';

export interface Prerequisite {
  name: string;
  /** The tests that need it. */
  folder: string;
  /** Names it to the tests, and to us where it lies in an unusual place. */
  variable: string;
  /** @throws TemperedError `InvalidInput` where `variable` names nothing that can be used */
  find: (environment: NodeJS.ProcessEnv) => Promise<string | null>;
  /** @throws TemperedError `Unavailable` saying why it cannot be installed here */
  install: (say: (message: string) => void) => Promise<void>;
  /** What a person can do where `install` cannot. */
  advice: string;
}

export const prerequisites: readonly Prerequisite[] = [
  {
    name: 'Chromium',
    folder: 'test/interop/browser',
    variable: 'TEMPERED_CHROMIUM',
    find: findChromium,
    install: installChromium,
    advice:
      'Install it (Debian: "apt-get install chromium"), or set TEMPERED_CHROMIUM to the path of a Chromium or Chrome.',
  },
  {
    name: 'versitygw, an S3 server',
    folder: 'test/interop/s3',
    variable: 'TEMPERED_VERSITYGW',
    find: findVersitygw,
    install: installVersitygw,
    advice: 'Install Go, so that it can be built, or set TEMPERED_VERSITYGW to the path of a versitygw.',
  },
  {
    name: 'native TensorFlow',
    folder: 'test/interop/tensorflow',
    variable: 'TEMPERED_NATIVE_TENSORFLOW',
    find: findNativeTensorFlow,
    install: installNative,
    advice:
      'See what "tempered tensorflow install" says: it takes Python 3 with pip, make and a C++ compiler.',
  },
  {
    name: "OpenLineage's Python client",
    folder: 'test/interop/openLineage',
    variable: 'TEMPERED_OPENLINEAGE_PYTHON',
    find: findOpenLineageClient,
    install: installOpenLineageClient,
    advice:
      'Install python3 with venv, or set TEMPERED_OPENLINEAGE_PYTHON to a Python that has openlineage-python.',
  },
  {
    name: 'scikit-learn with skl2onnx',
    folder: 'test/interop/scikitLearn',
    variable: 'TEMPERED_SCIKIT_LEARN_PYTHON',
    find: findScikitLearn,
    install: installScikitLearn,
    advice:
      'Install python3 with venv, or set TEMPERED_SCIKIT_LEARN_PYTHON to a Python that has scikit-learn, skl2onnx, pandas and pyarrow.',
  },
];
