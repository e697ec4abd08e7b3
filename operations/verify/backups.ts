import * as fs from "node:fs";

/** What a dump says of itself. */
export interface Dump {
  database: string;
  made: Date;
}

/** Months since 1900 and such are numbers of one sign byte and four bytes, the lowest first. */
const INTEGER_BYTES = 4;

/**
 * Reads the head of an archive that `pg_dump -Fc` made (pg_backup_archiver.c, ReadHead). Throws when the
 * file is none. Only the head: `pg_restore --list` says whether the rest is whole.
 */
export function readDump(file: string): Dump {
  const head = Buffer.alloc(4096);
  const descriptor = fs.openSync(file, "r");
  try {
    fs.readSync(descriptor, head, 0, head.length, 0);
  } finally {
    fs.closeSync(descriptor);
  }
  if (head.subarray(0, 5).toString() !== "PGDMP" || head[8] !== INTEGER_BYTES) {
    throw new Error(`${file} is no archive of pg_dump -Fc`);
  }
  const [major = 0, minor = 0] = [head[5], head[6]];
  let at = 11; // After versions, sizes of integers and offsets, and the format.
  const integer = () => {
    const value = head.readUInt32LE(at + 1);
    const negative = head[at] !== 0;
    at += 1 + INTEGER_BYTES;
    return negative ? -value : value;
  };
  // The algorithm of the compression is one byte since format 1.15, its level was an integer before.
  if (major > 1 || minor >= 15) at += 1;
  else integer();
  const [second = 0, minute = 0, hour = 0, day = 1, month = 0, year = 0] = Array.from(
    { length: 6 },
    integer,
  );
  integer(); // Summer time.
  const length = integer();
  const database = head.subarray(at, at + length).toString();
  return { database, made: new Date(1900 + year, month, day, hour, minute, second) };
}
