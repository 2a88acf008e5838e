import { messageOf, RunError } from "@rewardlab/storage";
import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { crc32, createInflateRaw } from "node:zlib";

/** One file in a zip archive. */
export interface ZipMember {
  readonly name: string;
  readonly bytes: number;
  readonly compressedBytes: number;
  readonly method: number;
  readonly crc32: number;
  /** Of its local header. */
  readonly offset: number;
}

const END = 0x06054b50;
const END64_LOCATOR = 0x07064b50;
const END64 = 0x06064b50;
const CENTRAL = 0x02014b50;
const LOCAL = 0x04034b50;

/** The members of a zip archive, zip64 included (APPNOTE 6.3.10, sections 4.3.12 to 4.3.16 and 4.5.3). */
export async function zipMembers(path: string): Promise<ZipMember[]> {
  return withFile(path, async (file) => {
    const { size } = await file.stat();
    const tail = await readAt(file, path, Math.max(0, size - 65_557), Math.min(size, 65_557));
    const end = tail.lastIndexOf(Buffer.from([0x50, 0x4b, 5, 6]));
    if (end === -1 || tail.length - end < 22 || tail.readUInt32LE(end) !== END) throw damaged(path, "no end of directory");
    let [count, length, offset] = [tail.readUInt16LE(end + 10), tail.readUInt32LE(end + 12), tail.readUInt32LE(end + 16)];
    if (end >= 20 && tail.readUInt32LE(end - 20) === END64_LOCATOR) {
      const end64 = await readAt(file, path, Number(tail.readBigUInt64LE(end - 12)), 56);
      if (end64.readUInt32LE(0) !== END64) throw damaged(path, "no zip64 end of directory");
      count = Number(end64.readBigUInt64LE(32));
      length = Number(end64.readBigUInt64LE(40));
      offset = Number(end64.readBigUInt64LE(48));
    }
    if (offset + length > size || length > 1 << 28) throw damaged(path, "its directory lies outside");
    const directory = await readAt(file, path, offset, length);
    const members: ZipMember[] = [];
    for (let at = 0; members.length < count;) {
      if (at + 46 > length || directory.readUInt32LE(at) !== CENTRAL) throw damaged(path, `entry ${members.length} is not one`);
      const [nameLength, extraLength, commentLength] = [28, 30, 32].map((more) => directory.readUInt16LE(at + more)) as [
        number,
        number,
        number,
      ];
      const next = at + 46 + nameLength + extraLength + commentLength;
      if (next > length) throw damaged(path, `entry ${members.length} is cut short`);
      const fields = {
        bytes: directory.readUInt32LE(at + 24),
        compressedBytes: directory.readUInt32LE(at + 20),
        offset: directory.readUInt32LE(at + 42),
      };
      readZip64(directory.subarray(at + 46 + nameLength, at + 46 + nameLength + extraLength), fields);
      members.push({
        name: directory.toString("utf8", at + 46, at + 46 + nameLength),
        method: directory.readUInt16LE(at + 10),
        crc32: directory.readUInt32LE(at + 16),
        ...fields,
      });
      at = next;
    }
    return members;
  });
}

/** Sizes too large for 32 bits stand in an extra field, in this order and only those. */
function readZip64(extra: Buffer, fields: { bytes: number; compressedBytes: number; offset: number }): void {
  for (let at = 0; at + 4 <= extra.length; at += 4 + extra.readUInt16LE(at + 2)) {
    if (extra.readUInt16LE(at) !== 1) continue;
    let next = at + 4;
    for (const name of ["bytes", "compressedBytes", "offset"] as const)
      if (fields[name] === 0xffffffff && next + 8 <= extra.length) {
        fields[name] = Number(extra.readBigUInt64LE(next));
        next += 8;
      }
    return;
  }
}

/** Unpacks one member, a piece at a time, into a file that is flushed to the disk. Throws where its size or checksum is not what the archive says. */
export async function unpackMember(
  path: string,
  member: ZipMember,
  to: string,
  progress: (bytes: number) => void = () => {},
): Promise<void> {
  await withFile(path, async (file) => {
    const header = await readAt(file, path, member.offset, 30);
    if (header.readUInt32LE(0) !== LOCAL) throw damaged(path, `${member.name} is not where the directory says`);
    const start = member.offset + 30 + header.readUInt16LE(26) + header.readUInt16LE(28);
    if (member.method !== 8 && member.method !== 0)
      throw damaged(path, `${member.name} is compressed by method ${member.method}, expected deflate`);
    const target = await open(to, "w");
    try {
      let [sum, bytes] = [0, 0];
      const source = createReadStream(path, { start, end: start + member.compressedBytes - 1 });
      const unpacked = member.method === 8 ? source.pipe(createInflateRaw()) : source;
      source.on("error", (error) => unpacked.destroy(error));
      try {
        if (member.compressedBytes > 0)
          for await (const chunk of unpacked as AsyncIterable<Buffer>) {
            sum = crc32(chunk, sum);
            bytes += chunk.length;
            if (bytes > member.bytes) throw damaged(path, `${member.name} is longer than the ${member.bytes} bytes it says`);
            await target.appendFile(chunk);
            progress(bytes);
          }
      } catch (error) {
        throw String((error as NodeJS.ErrnoException).code).startsWith("Z_")
          ? damaged(path, `${member.name}: ${messageOf(error)}`)
          : error;
      } finally {
        source.destroy();
      }
      if (bytes !== member.bytes || sum !== member.crc32)
        throw damaged(path, `${member.name} unpacks to other bytes than its checksum says`);
      await target.sync();
    } finally {
      await target.close();
    }
  });
}

async function withFile<T>(path: string, use: (file: FileHandle) => Promise<T>): Promise<T> {
  const file = await open(path, "r");
  try {
    return await use(file);
  } finally {
    await file.close();
  }
}

async function readAt(file: FileHandle, path: string, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  const { bytesRead } = await file.read(buffer, 0, length, position);
  if (bytesRead !== length) throw damaged(path, "it is cut short");
  return buffer;
}

function damaged(path: string, why: string): RunError {
  return new RunError("RL_ARCHIVE", `${path}: not a whole zip archive: ${why}`);
}
