// Code in the sandbox uses more memory than its limit where a limit of processes does not see it.

import type { Attack } from '../attack.ts'
import { playPython } from './in-sandbox.ts'

const LIMIT_MB = 128
const TAKEN_MB = 400

/** Python that takes TAKEN_MB somewhere and then says GOT; it stays so long that also a busy machine sees it. */
function take(title: string, python: string): Attack {
  const script = `import ctypes, mmap, os, signal, sys, time
size = ${TAKEN_MB} << 20
block = b'x' * (4 << 20)
def fill(file):
    for _ in range(size // len(block)):
        file.write(block)
    file.flush()
def let_go(area):
    for at in range(0, size, len(block)):
        area.write(block)
        area.madvise(mmap.MADV_DONTNEED, at, len(block))
${python}
time.sleep(8)
print('GOT', flush=True)
`
  return {
    title,
    needs: ['linux'],
    play: () => playPython(script, { memoryMb: LIMIT_MB }, `took ${TAKEN_MB} MB`),
  }
}

export const attacks: Record<string, Attack> = {
  memfd: take(
    'Code fills a file that is nowhere (memfd_create)',
    "fill(os.fdopen(os.memfd_create('x'), 'wb'))",
  ),
  'temporary-files': take('Code fills /tmp', "fill(open('/tmp/x', 'wb'))"),
  'deleted-temporary-file': take(
    'Code fills a file of /tmp that it has deleted',
    "file = open('/tmp/x', 'wb')\nos.unlink('/tmp/x')\nfill(file)",
  ),
  'empty-files': take(
    'Code makes so many empty files that the kernel needs the memory',
    "for n in range(150000):\n    os.close(os.open(f'/tmp/{n}', os.O_CREAT))",
  ),
  'shared-pages-let-go': take(
    'Code fills shared pages and lets each go, so that they are in no process',
    'let_go(mmap.mmap(-1, size))',
  ),
  'zero-device-let-go': take(
    'Code fills a mapped /dev/zero and lets each page go, so that they are in no process',
    "let_go(mmap.mmap(os.open('/dev/zero', os.O_RDWR), size))",
  ),
  'shared-pages-mostly-unmapped': take(
    'Code fills shared pages and keeps only one of them mapped',
    `libc = ctypes.CDLL(None, use_errno=True)
libc.mmap.restype = ctypes.c_void_p
libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t] + [ctypes.c_int] * 3 + [ctypes.c_long]
area = libc.mmap(None, size, 3, 0x21, -1, 0)
if area == 2 ** 64 - 1:
    sys.exit('refused: ' + os.strerror(ctypes.get_errno()))
ctypes.memset(area, 1, size)
libc.munmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t]
libc.munmap(area + 4096, size - 4096)`,
  ),
  'shared-with-children': take(
    'Code spreads its memory over children',
    "for _ in range(8):\n    if os.fork() == 0:\n        kept = b'x' * (size // 8)\n        time.sleep(20)\n        os._exit(0)",
  ),
}
