/**
 * TensorFlow's C library out of PyPI's wheel, for where Google's own download is refused. pip brings it, from the index
 * that this machine is configured for, and takes no file but those named here by their SHA-256.
 */
import { mkdir, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf, TemperedError } from '../../domain/errors.js';
import type { NativeBackend } from './nativePackage.js';
import { runProgram } from '../../runProgram.js';

interface Requirement {
  /** As pip writes it. */
  pinned: string;
  sha256: string;
}

/** The GPU wheel asks for exactly these, in its extra "and-cuda". */
const cudaRequirements: readonly Requirement[] = [
  {
    pinned: 'nvidia-cublas-cu12==12.2.5.6',
    sha256: 'f448d8db463f9a2c7dd9a1e607c0961d3e95f825b86839c5882f7d073d406df0',
  },
  {
    pinned: 'nvidia-cuda-cupti-cu12==12.2.142',
    sha256: 'ce68d1009dd14215e38ed49643d31374c71d6fea381181cb0b9da7f19dfd1624',
  },
  {
    pinned: 'nvidia-cuda-nvcc-cu12==12.2.140',
    sha256: 'c6ff4ae7a636eb6cab7621191e19ac3779690686bbcf52c04d8b1ca2944e1e27',
  },
  {
    pinned: 'nvidia-cuda-nvrtc-cu12==12.2.140',
    sha256: 'b1cdcae6443cb7cdcfb5d1bf51896a148c9f82f9e65b27db9ab095eaed689aa7',
  },
  {
    pinned: 'nvidia-cuda-runtime-cu12==12.2.140',
    sha256: 'acb9cb7e44594a3512533497ea790d9f0b0e399abcc888584c157d1ffa080e41',
  },
  {
    pinned: 'nvidia-cudnn-cu12==8.9.4.25',
    sha256: '9f882d5b11753c566fd32427839089eb4f8ba7a58c28446ad359e32c40229723',
  },
  {
    pinned: 'nvidia-cufft-cu12==11.0.8.103',
    sha256: '72e961e578f9be9e316ccb4db8652c421dd0b57442624faa71061d452f449a67',
  },
  {
    pinned: 'nvidia-curand-cu12==10.3.3.141',
    sha256: '7b6bad6817b5df2a6f5ec221206fb895d9195fdd7d2443f3e86554108c141a0a',
  },
  {
    pinned: 'nvidia-cusolver-cu12==11.5.2.141',
    sha256: '5a85c4653ce34339a5688137f494a0f903e0f0532418550998167f00844161da',
  },
  {
    pinned: 'nvidia-cusparse-cu12==12.1.2.141',
    sha256: '4e13d6a51d2303dcb2a023ba09546811161f0334fc64e13689397bbd3b1eb126',
  },
  {
    pinned: 'nvidia-nccl-cu12==2.16.5',
    sha256: '84695a4248138fb2ca12f5fd3defe986e790e71ccdaad51b2ca34ca4e83ef421',
  },
  {
    pinned: 'nvidia-nvjitlink-cu12==12.2.140',
    sha256: '95635cafbf9f96c38bea5200ab145a2e6aefbb5405e0b04c1e4ba54df2d84ec9',
  },
];

/** The wheels for CPython 3.11 on Linux x64; the library in them is the same for every Python. */
export const wheelRequirements: Record<NativeBackend, readonly Requirement[]> = {
  'tfjs-node': [
    {
      pinned: 'tensorflow-cpu==2.15.1',
      sha256: '54660c074d7241a503e81edfd9f5ef5af88f64051b72e2945f26318c790f2d26',
    },
  ],
  'tfjs-node-gpu': [
    {
      pinned: 'tensorflow==2.15.1',
      sha256: 'bb0edd69103c154245c5f209f0507355cc68ba7e4de350084bc31edc562478e4',
    },
    ...cudaRequirements,
  ],
};

const libraries = ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2'] as const;
/** All that the binding's sources reach from tensorflow/c. */
const headerFolders = ['tensorflow', 'tsl'] as const;
const timeoutMs = 30 * 60_000;

/**
 * Lays out `deps`, as the native package's build expects it: lib/, include/ and, for a GPU, nvidia/, where the library
 * looks for CUDA relative to itself.
 *
 * @throws TemperedError `Unavailable` where pip is missing, or refuses a file; it then says what to do
 */
export async function unpackWheel(
  requirements: readonly Requirement[],
  deps: string,
  scratch: string,
): Promise<void> {
  const unpacked = join(scratch, 'wheel');
  await pipInstall(requirements, unpacked, scratch);
  const [lib, include] = [join(deps, 'lib'), join(deps, 'include')];
  await mkdir(lib, { recursive: true });
  await mkdir(include);
  for (const library of libraries) await rename(join(unpacked, 'tensorflow', library), join(lib, library));
  await symlink(libraries[0], join(lib, 'libtensorflow.so'));
  await symlink(libraries[1], join(lib, 'libtensorflow_framework.so'));
  for (const folder of headerFolders) {
    await rename(join(unpacked, 'tensorflow', 'include', folder), join(include, folder));
  }
  if ((await readdir(unpacked)).includes('nvidia')) {
    await rename(join(unpacked, 'nvidia'), join(deps, 'nvidia'));
  }
  await rm(unpacked, { recursive: true, force: true });
}

async function pipInstall(
  requirements: readonly Requirement[],
  target: string,
  scratch: string,
): Promise<void> {
  const file = join(scratch, 'requirements.txt');
  await writeFile(
    file,
    requirements.map(({ pinned, sha256 }) => `${pinned} --hash=sha256:${sha256}\n`).join(''),
  );
  const platforms = ['manylinux_2_17_x86_64', 'manylinux2014_x86_64', 'manylinux1_x86_64'];
  const options = [
    ...['install', '--quiet', '--no-input', '--no-deps', '--no-compile', '--no-cache-dir'],
    ...['--require-hashes', '--only-binary', ':all:', '--implementation', 'cp', '--python-version', '3.11'],
    ...platforms.flatMap((platform) => ['--platform', platform]),
    ...['--target', target, '--requirement', file],
  ];
  await runProgram('python3', ['-m', 'pip', ...options], { timeoutMs }).catch((error: unknown) => {
    throw new TemperedError(
      'Unavailable',
      `The wheel of TensorFlow could not be fetched: ${messageOf(error)}. It takes Python 3 with pip (Debian: ` +
        '"apt-get install python3-pip") and a PyPI index that pip can reach ("pip config set global.index-url …").',
      { cause: error },
    );
  });
}
