import { randomBytes } from "node:crypto";

const ROUNDS = 10;
const ALPHABET = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const PLAIN = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const P_WORDS = 18;
const S_WORDS = 1024;

/** Blowfish starts from the binary digits of pi after the point. They are computed here. */
function piWords(count: number): Uint32Array {
  const bits = BigInt(count * 32 + 64);
  const one = 1n << bits;
  const arctan = (inverse: bigint): bigint => {
    let power = one / inverse;
    let sum = power;
    for (let n = 3n, sign = -1n; power > 0n; n += 2n, sign = -sign) {
      power /= inverse * inverse;
      sum += (sign * power) / n;
    }
    return sum;
  };
  const pi = 4n * (4n * arctan(5n) - arctan(239n));
  const hex = ((pi & (one - 1n)) >> 64n).toString(16).padStart(count * 8, "0");
  return Uint32Array.from({ length: count }, (_, i) => parseInt(hex.slice(i * 8, i * 8 + 8), 16));
}

let start: Uint32Array | undefined;

/** Blowfish as bcrypt uses it: an expensive key schedule over key and salt. */
class Blowfish {
  private readonly p: Uint32Array;
  private readonly s: Uint32Array;
  constructor() {
    start ??= piWords(P_WORDS + S_WORDS);
    this.p = start.slice(0, P_WORDS);
    this.s = start.slice(P_WORDS);
  }

  encipher(block: Uint32Array, at: number): void {
    const { p, s } = this;
    let left = block[at] as number;
    let right = block[at + 1] as number;
    for (let i = 0; i < 16; i++) {
      left ^= p[i] as number;
      const a = (s[left >>> 24] as number) + (s[256 + ((left >>> 16) & 255)] as number);
      const b = (a ^ (s[512 + ((left >>> 8) & 255)] as number)) + (s[768 + (left & 255)] as number);
      right ^= b;
      [left, right] = [right, left];
    }
    block[at] = right ^ (p[17] as number);
    block[at + 1] = left ^ (p[16] as number);
  }

  expand(key: Buffer, salt?: Uint32Array): void {
    for (let i = 0, at = 0; i < P_WORDS; i++) {
      let word = 0;
      for (let byte = 0; byte < 4; byte++, at++) word = (word << 8) | (key[at % key.length] ?? 0);
      this.p[i] = (this.p[i] as number) ^ word;
    }
    const block = new Uint32Array(2);
    let turn = 0;
    for (const table of [this.p, this.s]) {
      for (let i = 0; i < table.length; i += 2) {
        if (salt) {
          block[0] = (block[0] as number) ^ (salt[turn] as number);
          block[1] = (block[1] as number) ^ (salt[turn + 1] as number);
          turn = (turn + 2) % 4;
        }
        this.encipher(block, 0);
        table[i] = block[0] as number;
        table[i + 1] = block[1] as number;
      }
    }
  }
}

const words = (bytes: Buffer): Uint32Array =>
  Uint32Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readUInt32BE(i * 4));

function encode(bytes: Buffer): string {
  const plain = bytes.toString("base64").replace(/=+$/, "");
  return plain.replace(/./g, (c) => ALPHABET.charAt(PLAIN.indexOf(c)));
}

/** The bcrypt hash (`$2a$`) of a password. Draws a salt if none is given. */
export function bcrypt(password: string, salt: Buffer = randomBytes(16), cost = ROUNDS): string {
  const key = Buffer.concat([Buffer.from(password, "utf8").subarray(0, 72), Buffer.from([0])]);
  const secret = key.subarray(0, 72);
  const cipher = new Blowfish();
  cipher.expand(secret, words(salt));
  for (let i = 0; i < 2 ** cost; i++) {
    cipher.expand(secret);
    cipher.expand(salt);
  }
  const text = words(Buffer.from("OrpheanBeholderScryDoubt"));
  for (let at = 0; at < text.length; at += 2) {
    for (let i = 0; i < 64; i++) cipher.encipher(text, at);
  }
  const digest = Buffer.alloc(24);
  text.forEach((value, i) => digest.writeUInt32BE(value, i * 4));
  const rounds = String(cost).padStart(2, "0");
  return `$2a$${rounds}$${encode(salt)}${encode(digest.subarray(0, 23))}`;
}
