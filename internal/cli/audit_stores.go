package cli

// The clouds that --audit-store can name. Each makes its scheme known to gocloud.dev/blob.
import (
	_ "gocloud.dev/blob/azureblob" // azblob://
	_ "gocloud.dev/blob/gcsblob"   // gs://
	_ "gocloud.dev/blob/s3blob"    // s3://
)
