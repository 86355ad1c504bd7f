// Command seed copies one of containerd's bolt databases so that equal contents give equal bytes.
//
// A database that containerd wrote differs from run to run by its timestamps, by leases and ingests of
// the import, and by the order in which bolt spills the buckets of one transaction (map order). The
// copy has one time for everything, no leases and no ingests, and is written one key a transaction.
//
// Usage: seed SOURCE TARGET UNIX-SECONDS
package main

import (
	"fmt"
	"os"
	"strconv"
	"time"

	bolt "go.etcd.io/bbolt"
)

// transient names buckets that hold work in progress; a seed has none.
var transient = map[string]bool{"leases": true, "ingests": true}

// stamped names keys that hold a time in the binary form of time.Time.
var stamped = map[string]bool{"createdat": true, "updatedat": true}

// writer copies buckets into target with every stamp replaced.
type writer struct {
	target *bolt.DB
	stamp  []byte
}

// at returns the bucket at path, made if it is not there.
func at(tx *bolt.Tx, path []string) (*bolt.Bucket, error) {
	bucket, err := tx.CreateBucketIfNotExists([]byte(path[0]))
	for _, name := range path[1:] {
		if err != nil {
			return nil, err
		}
		bucket, err = bucket.CreateBucketIfNotExists([]byte(name))
	}
	return bucket, err
}

// update runs change on the bucket at path in a transaction of its own.
func (w writer) update(path []string, change func(*bolt.Bucket) error) error {
	return w.target.Update(func(tx *bolt.Tx) error {
		bucket, err := at(tx, path)
		if err != nil {
			return err
		}
		return change(bucket)
	})
}

// bucket copies source and all below it to path.
func (w writer) bucket(source *bolt.Bucket, path []string) error {
	keepSequence := func(b *bolt.Bucket) error { return b.SetSequence(source.Sequence()) }
	if err := w.update(path, keepSequence); err != nil {
		return err
	}
	return source.ForEach(func(key, value []byte) error {
		name := string(key)
		switch {
		case value == nil && transient[name]:
			return nil
		case value == nil:
			return w.bucket(source.Bucket(key), append(append([]string{}, path...), name))
		case stamped[name]:
			value = w.stamp
		}
		return w.update(path, func(b *bolt.Bucket) error { return b.Put(key, value) })
	})
}

// rewrite copies the database in the file source to the new file target.
func rewrite(source, target string, at time.Time) error {
	stamp, err := at.UTC().MarshalBinary()
	if err != nil {
		return err
	}
	in, err := bolt.Open(source, 0o600, &bolt.Options{ReadOnly: true})
	if err != nil {
		return err
	}
	defer in.Close()
	// The page size is the kernel's by default, so it is fixed here too.
	out, err := bolt.Open(target, 0o600, &bolt.Options{NoSync: true, NoFreelistSync: true, PageSize: 4096})
	if err != nil {
		return err
	}
	w := writer{target: out, stamp: stamp}
	err = in.View(func(tx *bolt.Tx) error {
		return tx.ForEach(func(name []byte, b *bolt.Bucket) error {
			return w.bucket(b, []string{string(name)})
		})
	})
	if err != nil {
		return err
	}
	if err := out.Sync(); err != nil {
		return err
	}
	return out.Close()
}

func main() {
	if len(os.Args) != 4 {
		fmt.Fprintln(os.Stderr, "usage: seed SOURCE TARGET UNIX-SECONDS")
		os.Exit(2)
	}
	seconds, err := strconv.ParseInt(os.Args[3], 10, 64)
	if err == nil {
		err = rewrite(os.Args[1], os.Args[2], time.Unix(seconds, 0))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "seed:", err)
		os.Exit(1)
	}
}
