/** Tags of EC2 resources. */
import { CreateTagsCommand, DeleteTagsCommand, type Tag } from "@aws-sdk/client-ec2";
import type { Plain } from "../../tables/plain.ts";
import { allTags, tagChanges, tagList } from "../common.ts";
import type { Aws } from "../connect.ts";

export function tagSpec<T extends string>(aws: Aws, ResourceType: T, props: Plain) {
  const Tags: Tag[] = tagList(allTags(aws, props));
  return Tags.length > 0 ? [{ ResourceType, Tags }] : undefined;
}

export async function updateEc2Tags(aws: Aws, id: string, olds: Plain, news: Plain) {
  const { set, remove } = tagChanges(olds, allTags(aws, news));
  const { ec2 } = aws.in(news);
  if (remove.length > 0) {
    const Tags = remove.map((Key) => ({ Key }));
    await ec2.send(new DeleteTagsCommand({ Resources: [id], Tags }));
  }
  const Tags = tagList(set);
  if (Tags.length > 0) await ec2.send(new CreateTagsCommand({ Resources: [id], Tags }));
}
