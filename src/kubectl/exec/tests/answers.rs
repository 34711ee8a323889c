use super::{check, play};
use crate::cluster::Settings;
use expect_test::expect;

#[test]
fn images_for_trials_answer_with_their_texts() {
    let lines = [
        "kubectl run es --image=registry.k8s.io/echoserver:1.10 --port=8080 --expose",
        "kubectl run agn --image=registry.k8s.io/e2e-test-images/agnhost:2.39 -- netexec --http-port=80",
        "kubectl wait --for=condition=Ready pod/es pod/agn",
        "kubectl exec client -- wget -qO- 'es:8080/a?b=c'",
        "kubectl expose pod agn --port=80 --selector=run=agn",
        "sleep 1; kubectl exec client -- wget -qO- -T 1 'agn/echo?msg=hi'",
    ];
    let expected = expect![[r"
        $ kubectl run es --image=registry.k8s.io/echoserver:1.10 --port=8080 --expose
        service/es created
        pod/es created
        $ kubectl run agn --image=registry.k8s.io/e2e-test-images/agnhost:2.39 -- netexec --http-port=80
        pod/agn created
        $ kubectl wait --for=condition=Ready pod/es pod/agn
        pod/es condition met
        pod/agn condition met
        $ kubectl exec client -- wget -qO- 'es:8080/a?b=c'


        Hostname: es

        Pod Information:
        	-no pod information available-

        Server values:
        	server_version=nginx: 1.13.3 - lua: 10008

        Request Information:
        	client_address=10.244.0.4
        	method=GET
        	real path=/a
        	query=b=c
        	request_version=1.1
        	request_scheme=http
        	request_uri=http://es:8080/a?b=c

        Request Headers:
        	connection=close
        	host=es:8080
        	user-agent=Wget

        Request Body:
        	-no body in request-

        $ kubectl expose pod agn --port=80 --selector=run=agn
        service/agn exposed
        $ sleep 1; kubectl exec client -- wget -qO- -T 1 'agn/echo?msg=hi'
        hi"]];
    expected.assert_eq(&play(&lines, Settings::page(1, crate::clock::Epoch(1_795_000_000))));
}

#[test]
fn the_api_server_answers_pods() {
    check(
        &[
            "kubectl exec tools -- curl -sk https://10.96.0.1/version",
            "kubectl exec tools -- curl -sk https://10.96.0.1/api/v1/namespaces/default/services/web",
            "kubectl exec tools -- curl -sk -X POST https://10.96.0.1/apis/apps/v1/deployments",
            "kubectl exec tools -- curl -sk https://10.96.0.1/nope -H 'Authorization: Bearer x'",
            "kubectl exec tools -- sh -c 'cd /var/run/secrets/kubernetes.io/serviceaccount; curl -s --cacert $(pwd)/ca.crt -H \"Authorization: Bearer $(cat token)\" https://10.96.0.1/api'",
        ],
        &expect![[r#"
            $ kubectl exec tools -- curl -sk https://10.96.0.1/version
            {
              "major": "1",
              "minor": "36",
              "emulationMajor": "1",
              "emulationMinor": "36",
              "minCompatibilityMajor": "1",
              "minCompatibilityMinor": "35",
              "gitVersion": "v1.36.2",
              "gitTreeState": "clean",
              "compiler": "gc",
              "platform": "linux/amd64"
            }$ kubectl exec tools -- curl -sk https://10.96.0.1/api/v1/namespaces/default/services/web
            {
              "kind": "Status",
              "apiVersion": "v1",
              "metadata": {},
              "status": "Failure",
              "message": "services \"web\" is forbidden: User \"system:anonymous\" cannot get resource \"services\" in API group \"\" in the namespace \"default\"",
              "reason": "Forbidden",
              "details": {
                "name": "web",
                "kind": "services"
              },
              "code": 403
            }$ kubectl exec tools -- curl -sk -X POST https://10.96.0.1/apis/apps/v1/deployments
            {
              "kind": "Status",
              "apiVersion": "v1",
              "metadata": {},
              "status": "Failure",
              "message": "deployments.apps is forbidden: User \"system:anonymous\" cannot create resource \"deployments\" in API group \"apps\" at the cluster scope",
              "reason": "Forbidden",
              "details": {
                "group": "apps",
                "kind": "deployments"
              },
              "code": 403
            }$ kubectl exec tools -- curl -sk https://10.96.0.1/nope -H 'Authorization: Bearer x'
            {
              "kind": "Status",
              "apiVersion": "v1",
              "metadata": {},
              "status": "Failure",
              "message": "Unauthorized",
              "reason": "Unauthorized",
              "code": 401
            }$ kubectl exec tools -- sh -c 'cd /var/run/secrets/kubernetes.io/serviceaccount; curl -s --cacert $(pwd)/ca.crt -H "Authorization: Bearer $(cat token)" https://10.96.0.1/api'
            {
              "kind": "APIVersions",
              "versions": [
                "v1"
              ],
              "serverAddressByClientCIDRs": [
                {
                  "clientCIDR": "0.0.0.0/0",
                  "serverAddress": "172.18.0.2:16443"
                }
              ]
            }"#]],
    );
}
