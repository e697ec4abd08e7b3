/** A record's name as people write it: Route 53 escapes `*` and ends names with a dot. */
export const plainRecordName = (name = ""): string => name.replace("\\052", "*").replace(/\.$/, "");
