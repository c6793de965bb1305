module capi.lifecycle/sandbox/cert-manager

go 1.23.0

require github.com/cert-manager/cert-manager v1.21.2
