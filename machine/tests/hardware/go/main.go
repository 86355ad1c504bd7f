// Command snpverify asks go-sev-guest, which shares no code with Asterism, about a report.
//
//	snpverify REPORT VCEK ASK ARK      trusts the given ARK and ASK (DER) for the product Genoa
//	snpverify -amd REPORT VCEK ASK ARK trusts AMD's own roots only
//
// It exits with 0 when the report is accepted, and prints why it is not otherwise.
package main

import (
	"crypto/x509"
	"flag"
	"fmt"
	"os"

	"github.com/google/go-sev-guest/abi"
	pb "github.com/google/go-sev-guest/proto/sevsnp"
	"github.com/google/go-sev-guest/verify"
	"github.com/google/go-sev-guest/verify/trust"
)

const product = "Genoa"

func main() {
	amd := flag.Bool("amd", false, "trust AMD's own roots only")
	flag.Parse()
	if err := check(flag.Args(), *amd); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func check(paths []string, amd bool) error {
	var files [4][]byte
	for i := range files {
		data, err := os.ReadFile(paths[i])
		if err != nil {
			return err
		}
		files[i] = data
	}
	report, vcek, ask, ark := files[0], files[1], files[2], files[3]
	parsed, err := abi.ReportToProto(report)
	if err != nil {
		return err
	}
	options := &verify.Options{DisableCertFetching: true}
	if !amd {
		root, err := emulatedRoot(ask, ark)
		if err != nil {
			return err
		}
		options.TrustedRoots = map[string][]*trust.AMDRootCerts{product: {root}}
	}
	chain := &pb.CertificateChain{VcekCert: vcek, AskCert: ask, ArkCert: ark}
	return verify.SnpAttestation(&pb.Attestation{Report: parsed, CertificateChain: chain}, options)
}

func emulatedRoot(ask, ark []byte) (*trust.AMDRootCerts, error) {
	askCert, err := x509.ParseCertificate(ask)
	if err != nil {
		return nil, err
	}
	arkCert, err := x509.ParseCertificate(ark)
	if err != nil {
		return nil, err
	}
	certs := &trust.ProductCerts{Ask: askCert, Ark: arkCert}
	return &trust.AMDRootCerts{ProductLine: product, ProductCerts: certs}, nil
}
