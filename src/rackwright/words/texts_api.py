"""What the operators' door says: errors of requests, tokens, images."""

EN = {
    "token_missing": "A token is needed: set RACKWRIGHT_TOKEN, or put it into ~/.config/rackwright/token. The first "
    "administrator's token is in admin.token in the server's state directory.",
    "token_wrong": "This token is not known here or was revoked. An administrator makes one with "
    "`rackwright tokens add`.",
    "role_too_low": "This needs a token of role {least}; yours is {role} ({act}).",
    "request_wrong": "The request is wrong at {field}: {problem}.",
    "request_not_json": "The request's body is no JSON: it breaks at character {position}.",
    "request_refused": "The request was refused: {detail} ({status}).",
    "route_unknown": "There is nothing at {path}.",
    "method_wrong": "{path} does not answer to this method.",
    "body_too_large": "What was sent to {path} is too large: at most {most_mib} MiB.",
    "bug": "The server made a mistake while answering {path}; its log has the details. Nothing was half done.",
    "field_unknown": "There is no field {field} here; known are {known}.",
    "token_name_wrong": "{name} cannot be a token's name: letters, digits, dots, dashes, underscores and @, "
    "at most 64.",
    "token_name_taken": "There is a token named {name} already. Revoke it first, or choose another name.",
    "token_unknown": "There is no token {id}.",
    "token_last_admin": "{name} is the last administrator's token: make another one before you revoke it.",
    "image_name_wrong": "{name} cannot be an image's name: letters, digits, dots, dashes, plus and underscores, "
    "at most 64.",
    "image_compression_wrong": "An image is compressed with zstd or none, not {compression}.",
    "image_sector_wrong": "Sectors have 512 or 4096 bytes, not {sector_bytes}.",
    "image_size_unknown": "The file does not tell how large the image is unpacked. Give it with --raw-bytes, or "
    "compress the file itself instead of a pipe.",
    "image_size_differs": "The image unpacks to {told} bytes, not {given}.",
    "image_not_whole_sectors": "{raw_bytes} bytes are no whole number of sectors of {sector_bytes} bytes: "
    "this is no disk image.",
    "image_known_as": "This very file is here already, under the name {name}.",
    "image_digest_differs": "What arrived is not the file that was announced: {size_bytes} bytes with sha256 {got} "
    "instead of {wanted}. Nothing was kept; send it again.",
    "image_digest_wrong": "A sha256 has 64 hexadecimal digits: {sha256} has not.",
    "image_empty": "The image is empty.",
    "image_not_zstd": "The file is not compressed with zstd.",
    "image_cut_off": "The zstd file ends too early: it was cut off. Copy it again.",
    "image_not_stored": "The image could not be stored: {error}.",
    "image_broke_off": "The image did not arrive to its end. Nothing was kept; send it again.",
    "image_no_room": "There is no room for the image: {needed_bytes} bytes are needed, {free_bytes} are free.",
}

ZH = {
    "token_missing": "需要令牌：请设置 RACKWRIGHT_TOKEN，或写入 ~/.config/rackwright/token。第一个管理员令牌在服务器状态目录的 "
    "admin.token 文件中。",
    "token_wrong": "该令牌无效或已被吊销。管理员可用 `rackwright tokens add` 新建令牌。",
    "role_too_low": "此操作需要角色 {least} 的令牌，当前角色为 {role}（{act}）。",
    "request_wrong": "请求的 {field} 有误：{problem}。",
    "request_not_json": "请求内容不是 JSON：错误在第 {position} 个字符。",
    "request_refused": "请求被拒绝：{detail}（{status}）。",
    "route_unknown": "{path} 不存在。",
    "method_wrong": "{path} 不支持此方法。",
    "body_too_large": "发送到 {path} 的内容过大：最多 {most_mib} MiB。",
    "bug": "服务器处理 {path} 时出错，详情见服务器日志。没有留下做了一半的更改。",
    "field_unknown": "没有字段 {field}；可用字段：{known}。",
    "token_name_wrong": "{name} 不能用作令牌名称：只能含字母、数字、点、连字符、下划线和 @，最多 64 个字符。",
    "token_name_taken": "已有名为 {name} 的令牌。请先吊销它，或换一个名称。",
    "token_unknown": "没有令牌 {id}。",
    "token_last_admin": "{name} 是最后一个管理员令牌：吊销前请先新建一个。",
    "image_name_wrong": "{name} 不能用作镜像名称：只能含字母、数字、点、连字符、加号和下划线，最多 64 个字符。",
    "image_compression_wrong": "镜像的压缩方式只能是 zstd 或 none，不能是 {compression}。",
    "image_sector_wrong": "扇区大小只能是 512 或 4096 字节，不能是 {sector_bytes}。",
    "image_size_unknown": "文件未说明镜像解压后的大小。请用 --raw-bytes 给出，或直接压缩文件而不要经过管道。",
    "image_size_differs": "镜像解压后为 {told} 字节，而不是 {given}。",
    "image_not_whole_sectors": "{raw_bytes} 字节不是 {sector_bytes} 字节扇区的整数倍：这不是磁盘镜像。",
    "image_known_as": "同一文件已存在，名称为 {name}。",
    "image_digest_differs": "收到的文件与声明的不符：{size_bytes} 字节，sha256 为 {got}，应为 {wanted}。"
    "未保留任何内容，请重新发送。",
    "image_digest_wrong": "sha256 应为 64 位十六进制数字，{sha256} 不是。",
    "image_empty": "镜像为空。",
    "image_not_zstd": "该文件不是 zstd 压缩文件。",
    "image_cut_off": "zstd 文件不完整，已被截断。请重新复制。",
    "image_not_stored": "无法保存镜像：{error}。",
    "image_broke_off": "镜像未完整到达，未保留任何内容，请重新发送。",
    "image_no_room": "空间不足：镜像需要 {needed_bytes} 字节，可用 {free_bytes} 字节。",
}
