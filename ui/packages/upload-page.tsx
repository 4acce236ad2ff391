import { ButtonLink, SubmitButton } from '../components/button.tsx'
import { Card } from '../components/card.tsx'
import { OneLiner } from '../components/code.tsx'
import { FileField } from '../components/fields.tsx'
import { ErrorSummary, Form, FormActions, type FormState } from '../components/form.tsx'
import { Heading } from '../components/heading.tsx'
import type { Frame } from '../frame.tsx'
import { Page } from '../layout.tsx'
import { links } from '../links.ts'

export type UploadPageProps = { frame: Frame; form: FormState; limit: string }

/** Multipart. The button says in the address what to do with a version that exists: the bytes that follow are
 *  streamed. */
export const UploadPage = ({ frame, form, limit }: UploadPageProps) => (
  <Page frame={frame} title="Upload package" section="library">
    <div class="column stack">
      <Heading
        title="Upload package"
        crumbs={[
          { href: links.library, title: 'Library' },
          { href: links.packages, title: 'Packages' },
        ]}
      />
      <ErrorSummary form={form} title="Nothing was uploaded." />
      <Card>
        <Form action={links.packageUpload} upload>
          <FileField
            form={form}
            name="file"
            label="Package file"
            accept=".zip,.nupkg,.tar.gz,.tgz,.tar.bz2,.jar,.war,.ear"
            hint={`Named ID.version.extension, such as Shop.Web.1.0.0.zip. At most ${limit}. A version that exists already is refused, unless you replace it.`}
            required
          />
          <FormActions>
            <SubmitButton>Upload</SubmitButton>
            <SubmitButton
              look="plain"
              formaction={`${links.packageUpload}?overwriteMode=OverwriteExisting`}
            >
              Upload and replace
            </SubmitButton>
            <ButtonLink href={links.packages} look="quiet">
              Cancel
            </ButtonLink>
          </FormActions>
        </Form>
      </Card>
      <Card title="From a build">
        <OneLiner text="octopus package upload --package Shop.Web.1.0.0.zip" label="Copy command" />
      </Card>
    </div>
  </Page>
)
