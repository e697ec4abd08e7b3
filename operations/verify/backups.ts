import * as fs from "node:fs";

/** Content of a dump's header. */
export interface Dump {
  database: string;
  made: Date;
}

/** Integers in the header, such as the year since 1900, have a sign byte and four bytes in little-endian order. */
const INTEGER_BYTES = 4;

/**
 * Reads the header of an archive that `pg_dump -Fc` wrote (pg_backup_archiver.c, ReadHead). Throws for
 * another file. Does not check the rest; `pg_restore --list` does.
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
    throw new Error(`${file} is not an archive of pg_dump -Fc`);
  }
  const [major = 0, minor = 0] = [head[5], head[6]];
  let at = 11; // After versions, sizes of integers and offsets, and the format.
  const integer = () => {
    const value = head.readUInt32LE(at + 1);
    const negative = head[at] !== 0;
    at += 1 + INTEGER_BYTES;
    return negative ? -value : value;
  };
  // Since format 1.15 the compression algorithm is one byte; before, its level was an integer.
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
