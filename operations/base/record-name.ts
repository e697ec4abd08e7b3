/** A record's name without Route 53's escape of `*` and without the final dot. */
export const plainRecordName = (name = ""): string => name.replace("\\052", "*").replace(/\.$/, "");
