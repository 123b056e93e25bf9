"""What the backends for chat completions share: requests, decoding, tool calls, attachments, retries."""
